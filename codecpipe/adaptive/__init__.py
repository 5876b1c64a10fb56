"""Layout `adaptive`: each GOP in the layout and at the scale that cost least after restoration."""
