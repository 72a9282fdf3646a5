"""Rain as a layer of its own."""
