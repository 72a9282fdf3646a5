"""What attacks share, as small functions on batches: what is to rise, where to begin, and which iterate to keep."""
