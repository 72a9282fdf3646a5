"""Deblurring by total variation."""
