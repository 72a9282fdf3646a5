"""Bilateral filter."""
