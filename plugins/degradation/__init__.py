"""Built-in degradation methods, one folder each."""
