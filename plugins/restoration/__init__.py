"""Built-in restoration methods, one folder each."""
