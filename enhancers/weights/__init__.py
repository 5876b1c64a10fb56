"""Trained weights: their file, the registry of those that come along, and which fit a video."""
