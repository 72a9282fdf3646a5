"""Crop."""
