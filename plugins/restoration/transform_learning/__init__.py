"""Denoising with a transform learnt from the photo."""
