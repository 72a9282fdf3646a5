"""Intervals that hold what they promise."""
