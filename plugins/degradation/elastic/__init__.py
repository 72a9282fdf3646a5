"""Elastic distortion."""
