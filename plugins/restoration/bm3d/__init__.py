"""Block matching and 3-D filtering."""
