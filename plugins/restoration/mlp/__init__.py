"""Denoising by a plain network of patches."""
