"""Underwater photos cleared by a network that looks at the whole photo."""
