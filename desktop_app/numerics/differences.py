"""Gradients of photos on a torus, where the last column's neighbour is the first one."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Gradients", "gradients", "gradients_adjoint", "inner_gradients"]

Gradients = tuple[Tensor, Tensor]
"""Horizontal and vertical, ``(..., H, W)`` each."""


def gradients(planes: Tensor) -> Gradients:
    """Return the differences to the right-hand and lower neighbour of float planes ``(..., H, W)``."""
    return planes.roll(-1, -1).sub_(planes), planes.roll(-1, -2).sub_(planes)


def gradients_adjoint(horizontal: Tensor, vertical: Tensor) -> Tensor:
    """Return ``Dᵀ(across, down)``, the transpose of `gradients`: minus the divergence, ``(..., H, W)`` float.

    Not differentiable: it writes into parts of its result, which takes less than half the time of shifted copies.
    """
    total = torch.empty_like(horizontal)
    torch.sub(horizontal[..., :-1], horizontal[..., 1:], out=total[..., 1:])
    torch.sub(horizontal[..., -1:], horizontal[..., :1], out=total[..., :1])
    total[..., 1:, :].add_(vertical[..., :-1, :])
    total[..., :1, :].add_(vertical[..., -1:, :])
    return total.sub_(vertical)


def inner_gradients(pair: Gradients) -> Gradients:
    """Return the gradients between pixels of a photo itself: none across its last row or column."""
    return pair[0][..., :-1, :-1], pair[1][..., :-1, :-1]
