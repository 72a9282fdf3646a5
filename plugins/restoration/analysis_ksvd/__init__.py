"""Denoising with an analysis dictionary."""
