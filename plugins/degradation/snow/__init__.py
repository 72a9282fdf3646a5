"""Snow."""
