"""Multi-scale retinex."""
