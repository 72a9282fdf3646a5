"""Holes filled from their rim inwards."""
