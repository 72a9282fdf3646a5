"""Photos continued beyond their borders."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["mirror", "pad_mirrored", "pad_to_grid"]


def mirror(size: int, before: int, after: int, device: torch.device | None = None) -> Tensor:
    """Return the indices that continue a line of pixels by reflection, without repeating its ends.

    Parameters
    ----------
    size : int
        Length of the line, from 1.
    before, after : int
        How many pixels are added; more than `size` is fine.
    device : torch.device, optional
        Where the indices are wanted.

    Examples
    --------
    >>> mirror(3, 1, 4).tolist()
    [1, 0, 1, 2, 1, 0, 1, 2]
    """
    period = max(2 * size - 2, 1)
    index = torch.arange(-before, size + after, device=device) % period
    return torch.minimum(index, (period - index) % period) if size > 1 else torch.zeros_like(index)


def pad_mirrored(images: Tensor, top: int, bottom: int, left: int, right: int) -> Tensor:
    """Return photos ``(..., H, W)`` of any dtype continued by reflection at their four sides; any size from 1×1."""
    rows = mirror(images.shape[-2], top, bottom, images.device)
    columns = mirror(images.shape[-1], left, right, images.device)
    return images.index_select(-2, rows).index_select(-1, columns)


def pad_to_grid(images: Tensor, patch: int, step: int) -> Tensor:
    """Return photos ``(..., H, W)`` continued to the right and below, until patches on a grid cover them all.

    Parameters
    ----------
    images : Tensor
        ``(..., H, W)``.
    patch : int
        Side of a patch in pixels; smaller photos grow to it.
    step : int
        Pixels from one patch to the next; it divides ``H' - patch`` and ``W' - patch`` of the result.
    """
    below, right = (max(patch - size, (patch - size) % step) for size in images.shape[-2:])
    return pad_mirrored(images, 0, below, 0, right)
