"""Blur by a lens out of focus."""
