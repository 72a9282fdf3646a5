"""Monte Carlo dropout."""
