"""Plug-and-play restoration."""
