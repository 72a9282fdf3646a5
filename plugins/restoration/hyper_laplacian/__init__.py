"""Deblurring with hyper-Laplacian priors."""
