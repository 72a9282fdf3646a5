"""Blur by zooming."""
