"""Architectures of published classifiers, for the weight files that users have."""
