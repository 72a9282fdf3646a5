"""The fast gradient sign method."""
