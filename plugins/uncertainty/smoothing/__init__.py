"""Randomised smoothing: an answer with a radius in which it is certain not to change."""
