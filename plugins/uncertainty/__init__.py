"""Built-in uncertainty methods, one folder each."""
