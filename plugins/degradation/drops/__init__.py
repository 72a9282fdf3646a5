"""Drops on the lens."""
