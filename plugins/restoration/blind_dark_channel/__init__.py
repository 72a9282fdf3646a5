"""Blind deblurring by dark pixels that a blur has made lighter."""
