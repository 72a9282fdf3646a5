"""Deblurring by Richardson and Lucy."""
