"""Speckle noise."""
