"""Super-resolution by three convolutions."""
