"""Colour spaces in which methods work."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

__all__ = ["from_opponent", "to_opponent"]

_OPPONENT = (
    tuple(weight / sqrt(3.0) for weight in (1.0, 1.0, 1.0)),
    tuple(weight / sqrt(2.0) for weight in (1.0, 0.0, -1.0)),
    tuple(weight / sqrt(6.0) for weight in (1.0, -2.0, 1.0)),
)


def to_opponent(images: Tensor) -> Tensor:
    """Return float colour photos ``(..., 3, H, W)`` as lightness and two opponent colours; grey ones as they are.

    The transform is orthonormal: white noise stays white, of the same standard deviation in every channel. The first
    channel is √3 times the mean of red, green and blue.
    """
    return _mix(images, torch.tensor(_OPPONENT))


def from_opponent(images: Tensor) -> Tensor:
    """Undo `to_opponent`: float photos ``(..., 3, H, W)`` of their opponent colours."""
    return _mix(images, torch.tensor(_OPPONENT).T)


def _mix(images: Tensor, matrix: Tensor) -> Tensor:
    if images.shape[-3] == 1:
        return images
    flat = matrix.to(images) @ images.flatten(-2)
    return flat.view(images.shape)
