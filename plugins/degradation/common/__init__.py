"""What degradations share: where their constants come from, and chance that is each photo's own."""

IMAGENET_C = "Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261"
"""The source of severities."""
