"""Deblurring by Tikhonov regularisation."""
