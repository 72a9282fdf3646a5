"""Blind deblurring by predicted edges."""
