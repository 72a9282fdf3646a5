"""Projected gradient descent."""
