"""Clips, jobs, stand-ins and files that several tests use."""
