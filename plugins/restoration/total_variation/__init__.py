"""Total variation."""
