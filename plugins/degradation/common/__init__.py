"""What degradations share: where their constants come from, depth, and chance that is each photo's own."""

from desktop_app.api import InputSpec

IMAGENET_C = "Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261"
"""The source of severities."""
DEPTH_INPUT = InputSpec("depth", "depth", "distance of each pixel: black is near, white the farthest")
