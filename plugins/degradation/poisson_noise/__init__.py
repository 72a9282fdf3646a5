"""Photon noise."""
