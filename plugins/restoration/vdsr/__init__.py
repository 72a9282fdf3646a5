"""Super-resolution by twenty convolutions."""
