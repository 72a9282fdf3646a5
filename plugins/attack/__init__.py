"""Built-in attack methods, one folder each."""
