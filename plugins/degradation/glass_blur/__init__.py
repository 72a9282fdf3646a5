"""Blur by frosted glass."""
