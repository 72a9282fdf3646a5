"""Holes filled with patches from the photo."""
