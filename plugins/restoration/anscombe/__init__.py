"""Noise that grows with brightness, made even for another denoiser."""
