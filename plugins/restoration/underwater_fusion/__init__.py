"""Underwater enhancement by colour balance and fusion."""
