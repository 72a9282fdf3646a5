"""Built-in image classifiers, one folder a model."""
