"""Distortion between a reference and a test video, frame by frame."""
