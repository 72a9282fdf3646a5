"""Verilens: restore a photo, attack what a model sees in it, and see where the result is uncertain."""

__version__ = "0.1.0"
