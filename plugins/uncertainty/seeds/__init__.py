"""Several draws of one restoration."""
