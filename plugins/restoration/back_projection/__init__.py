"""Super-resolution by iterative back-projection."""
