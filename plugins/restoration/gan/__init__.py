"""Deblurring that looks sharp, learnt beside critics."""
