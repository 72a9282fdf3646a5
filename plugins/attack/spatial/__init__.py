"""Turned, moved and scaled until the model errs."""
