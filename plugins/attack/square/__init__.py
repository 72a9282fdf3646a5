"""The square attack, which needs no gradients."""
