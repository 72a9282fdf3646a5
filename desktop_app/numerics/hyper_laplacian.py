"""The heavy-tailed gradients of natural photos: what is left of a noisy one."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["shrink"]

_ROUNDS = 3  # of the fixed point; the error is then far below the penalty's own


def shrink(values: Tensor, penalty: float, exponent: float) -> Tensor:
    """Return what minimises ``|w|^exponent + penalty / 2 · (w - v)²`` for every value v; float, of any shape.

    Zero below a threshold, else the fixed point of ``w = |v| - exponent / penalty · w^(exponent - 1)``.

    References
    ----------
    Zuo et al. 2013, A generalized iterated shrinkage algorithm for non-convex sparse coding, eq. 11 and algorithm 1,
    doi:10.1109/ICCV.2013.34
    """
    lowest = (2.0 * (1.0 - exponent) / penalty) ** (1.0 / (2.0 - exponent))
    threshold = lowest + exponent / penalty * lowest ** (exponent - 1.0)
    size = values.abs()
    shrunk = size.clamp_min(threshold)
    start = shrunk.clone()
    for _ in range(_ROUNDS):
        shrunk = torch.addcmul(start, shrunk.pow_(exponent - 1.0), shrunk.new_tensor(-exponent / penalty))
    return shrunk.mul_(size > threshold).copysign_(values)
