"""Training of networks on what a codec really produced: data, loop, checkpoints, weights."""
