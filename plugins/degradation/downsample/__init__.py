"""Fewer pixels."""
