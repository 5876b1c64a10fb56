"""Building blocks that the networks share: one idea a module, nothing that knows a method."""
