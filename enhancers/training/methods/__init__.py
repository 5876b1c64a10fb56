"""What training has to know of each method: samples, loss, validation."""
