"""Denoising by a deep network that learns the noise."""
