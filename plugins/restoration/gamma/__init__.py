"""Gamma correction."""
