"""Gaussian blur."""
