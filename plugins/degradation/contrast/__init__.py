"""Less contrast."""
