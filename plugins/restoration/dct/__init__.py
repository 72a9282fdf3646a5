"""Sliding discrete cosine transform."""
