"""Numerics that several methods share: one module a subject, on torch tensors."""
