"""Blind deblurring by learnt features and a kernel in closed form, in turns."""
