"""Removal of JPEG blocks."""
