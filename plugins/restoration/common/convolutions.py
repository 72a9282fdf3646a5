"""Convolutions of 3 × 3 with first weights by which stacks of them learn from the first step on."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["convolution", "near_identity"]

_DEVIATION = 0.35  # beside the identity, in parts of what keeps the size of features


def convolution(inputs: int, filters: int, *, gain: float = 1.0, bias: bool = True) -> nn.Conv2d:
    """Return a convolution that keeps the size of features before a ReLU, times `gain` (He 2015, arXiv:1502.01852)."""
    layer = nn.Conv2d(inputs, filters, 3, padding=1, bias=bias)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    with torch.no_grad():
        layer.weight *= gain
        if layer.bias is not None:
            layer.bias.zero_()
    return layer


def near_identity(width: int, *, bias: bool = True) -> nn.Conv2d:
    """Return a convolution that begins as the identity with some noise: a stack of them learns as if it had skips."""
    layer = convolution(width, width, gain=_DEVIATION, bias=bias)
    with torch.no_grad():
        layer.weight += nn.init.dirac_(torch.empty_like(layer.weight))
    return layer
