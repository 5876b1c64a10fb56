"""Runs: jobs, workers and the run folder."""
