"""Haze taken away by a small network that makes one map of transmission and airlight."""
