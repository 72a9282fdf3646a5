"""Denoising by sparse codes of patches."""
