"""Blind deblurring by normalised sparsity."""
