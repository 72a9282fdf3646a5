"""Salt-and-pepper noise."""
