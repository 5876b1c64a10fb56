"""Training data for restoration networks: clips, coded and decoded as a receiver gets them."""
