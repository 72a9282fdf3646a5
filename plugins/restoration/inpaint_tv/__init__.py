"""Holes filled by total variation."""
