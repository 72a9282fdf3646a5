"""Developing: white balance, exposure and lights."""
