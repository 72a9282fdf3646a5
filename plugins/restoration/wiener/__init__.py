"""Wiener's filter."""
