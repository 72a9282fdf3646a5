"""Shared mathematics, one module a subject, on torch tensors. It is free to change, and no contract with plugins."""
