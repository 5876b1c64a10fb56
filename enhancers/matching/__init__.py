"""Patch matching between two feature maps, and carrying texture over to the matched positions."""
