"""Deconvolution by large separable filters and a denoising network."""
