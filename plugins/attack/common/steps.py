"""The direction in which a loss rises fastest within a norm."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.projections import Norm, lengths

_TINY = 1e-12  # keeps the direction of a zero gradient finite
_SHARE = 0.01  # of the values, which move together in L1


def steepest(gradient: Tensor, norm: Norm, images: Tensor) -> Tensor:
    """Return steps of length 1 in a norm, along gradients ``(N, C, H, W)`` float32 at images in [0, 1].

    Signs in L∞, units in L2. In L1 the hundredth of the values with the steepest slopes that are not yet black or white
    go equally far: the single steepest, which would be exact, gets nowhere (Tramèr, Boneh 2019, arXiv:1904.13000, 3.1).
    """
    if norm == "linf":
        return gradient.sign()
    if norm == "l2":
        return gradient / lengths(gradient).clamp_min(_TINY)
    is_stuck = torch.where(gradient > 0, images >= 1.0, images <= 0.0)
    slopes = gradient.abs().masked_fill(is_stuck, 0.0).flatten(1)
    count = max(1, round(_SHARE * slopes.shape[1]))
    least = slopes.topk(count, dim=1).values[:, -1:].clamp_min(_TINY)
    moves = (slopes >= least).to(gradient)
    return (moves / moves.sum(1, keepdim=True).clamp_min(1.0)).view_as(gradient) * gradient.sign()
