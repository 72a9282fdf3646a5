"""Underwater dark channel prior."""
