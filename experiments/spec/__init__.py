"""Experiment files: what a user writes."""
