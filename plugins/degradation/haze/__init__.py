"""Haze."""
