"""Restoring a photo before it is classified, judged by who knows of it."""
