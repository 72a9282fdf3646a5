"""Drops on the lens, found and taken away by one network."""
