"""What runs a network over decoded video: devices, windows of frames, tiles, the loop."""
