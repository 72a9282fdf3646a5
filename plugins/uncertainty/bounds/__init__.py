"""Bounds on what a small ReLU network can answer within a box around a photo."""
