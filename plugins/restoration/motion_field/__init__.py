"""Deblurring by the motion of every pixel."""
