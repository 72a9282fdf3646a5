"""The error of a denoiser, without the truth."""
