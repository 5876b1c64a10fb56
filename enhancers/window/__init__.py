"""Networks that look at a window of frames and at key frames."""
