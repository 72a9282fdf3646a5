"""The learnt denoiser for pictures that are no photos: each channel by itself, in its own range."""
