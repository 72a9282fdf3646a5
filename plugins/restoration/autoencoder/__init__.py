"""Denoising by an autoencoder."""
