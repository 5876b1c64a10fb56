"""Logs of reference encoders."""
