"""Projected gradient descent that finds its own step size."""
