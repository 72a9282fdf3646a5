"""Denoising with a dictionary learnt from the photo."""
