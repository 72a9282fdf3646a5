"""Blind deblurring by unnaturally few edges."""
