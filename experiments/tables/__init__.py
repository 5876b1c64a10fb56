"""Tables of results, and each form that they are written in."""
