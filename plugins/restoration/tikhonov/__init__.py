"""Tikhonov smoothing."""
