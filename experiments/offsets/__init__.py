"""QP offsets as numbers: clouds of rate points, their hulls, best offsets."""
