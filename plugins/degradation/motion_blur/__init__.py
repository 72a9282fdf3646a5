"""Blur by motion."""
