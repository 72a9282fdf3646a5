"""Whether a photo's answer survives a restoration."""
