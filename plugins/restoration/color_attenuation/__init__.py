"""Colour attenuation prior."""
