"""Frost on the window."""
