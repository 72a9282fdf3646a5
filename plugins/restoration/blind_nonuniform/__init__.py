"""Blind deblurring of a camera that turned."""
