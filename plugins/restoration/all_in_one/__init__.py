"""One network for every damage, which it recognises itself."""
