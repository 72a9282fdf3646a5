"""Several classifiers asked together."""
