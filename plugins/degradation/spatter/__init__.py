"""Spatter on the lens."""
