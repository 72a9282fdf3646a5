"""Deblurring by one network at several scales."""
