"""Experiment files that come with codecpipe, and how they are found."""
