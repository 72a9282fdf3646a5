"""Bicubic enlargement."""
