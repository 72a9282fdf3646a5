"""Photos taken apart into overlapping patches, and put together again as the average of what became of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.borders import pad_to_grid
from desktop_app.numerics.parallel import in_parallel
from desktop_app.numerics.strips import Strip, row_strips

__all__ = ["Restore", "restore_patches", "sample_patches", "without_means"]

_STRIP = 4096  # patches that are worked on together: few enough for a processor's cache
_GOLDEN = 0.6180339887498949

Restore = Callable[[Tensor], tuple[Tensor, Tensor | None]]


def sample_patches(image: Tensor, patch: int, count: int) -> Tensor:
    """Return patches from all over a photo: all of them where there are no more than `count`.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)``, at least `patch` pixels high and wide.
    patch : int
        Side in pixels.
    count : int
        How many at most. One from every stretch of the photo, shifted by the golden ratio: evenly
        spread, along no grid, the same in every run.

    Returns
    -------
    Tensor
        ``(n, C·patch²)``.
    """
    windows = image.unfold(1, patch, 1).unfold(2, patch, 1)  # (C, H', W', patch, patch)
    rows, columns = windows.shape[1:3]
    total = rows * columns
    place = torch.arange(min(count, total), dtype=torch.float64)
    if count < total:
        place = (place + (place * _GOLDEN).frac()) * (total / count)
    index = place.long().clamp_(max=total - 1).to(image.device)
    return windows[:, index // columns, index % columns].transpose(0, 1).flatten(1)


def without_means(patches: Tensor, channels: int) -> tuple[Tensor, Tensor]:
    """Return float patches ``(n, C·p²)`` less their mean in every channel, and the means, expanded likewise."""
    planes = patches.view(len(patches), channels, -1)
    means = planes.mean(2, keepdim=True)
    return (planes - means).flatten(1), means.expand_as(planes).flatten(1)


def restore_patches(
    image: Tensor, patch: int, restore: Restore, *, loyalty: float = 0.0, is_dense: bool = True,
    told: Callable[[float], None],
) -> Tensor:
    """Return the photo as the weighted average of its restored patches, one at every pixel, or at every other.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)``; smaller ones than a patch are continued by reflection.
    patch : int
        Side in pixels.
    restore : callable
        Maps patches ``(n, C·patch²)`` to restored ones and their weights ``(n,)``, or None for equal ones. Called for
        several strips of the photo at a time, each in a thread of its own.
    loyalty : float
        Weight of the photo's own pixels beside that of the patches, if there is one at every pixel.
    is_dense : bool
        Whether there is. Otherwise patches begin where row and column add up to an even number, as the dark fields of
        a chessboard lie: half the work. A part of a photo has to begin at an even row and column, then.
    told : callable
        Hears from time to time how far the work is (0–1); may raise to stop.
    """
    padded = pad_to_grid(image, patch, 1 if is_dense else 2)  # of a board of odd sides all corners are dark
    count = max(_STRIP // padded.shape[2], patch)
    strips = list(row_strips(padded.shape[1] - patch + 1, count))
    change, weight = torch.zeros_like(padded), torch.full_like(padded[0], loyalty if is_dense else loyalty / 2.0)
    told(0.0)
    changes = in_parallel(partial(_strip_change, padded, patch, restore, is_dense), strips, image.device)
    for index, (strip, (strip_change, strip_weight)) in enumerate(zip(strips, changes, strict=True), 1):
        rows = slice(strip.rows.start, strip.rows.stop + patch - 1)
        change[:, rows] += strip_change
        weight[rows] += strip_weight
        told(index / len(strips))
    return image + (change / weight)[:, : image.shape[1], : image.shape[2]]


def _strip_change(
    padded: Tensor, patch: int, restore: Restore, is_dense: bool, strip: Strip
) -> tuple[Tensor, Tensor]:
    """Return the sum of what the strip's patches change, ``(C, h, W)``, and of their weights, ``(h, W)``."""
    part = padded[:, strip.rows.start : strip.rows.stop + patch - 1]
    patches = F.unfold(part[None], patch)[0].T.contiguous()
    dark = None if is_dense else _dark_fields(strip, len(patches), part.device)
    some = patches if dark is None else patches.index_select(0, dark)
    restored, weights = restore(some)
    change = restored.sub_(some) if restored is not some else torch.zeros_like(some)
    if weights is None:
        weights = some.new_ones(len(some))
    else:
        change *= weights[:, None]
    if dark is not None:
        change = torch.zeros_like(patches).index_copy_(0, dark, change)
        weights = patches.new_zeros(len(patches)).index_copy_(0, dark, weights)
    summed = F.fold(change.T[None], part.shape[1:], patch)[0]
    return summed, _spread(weights.view(len(strip.rows), -1), patch)


def _dark_fields(strip: Strip, count: int, device: torch.device) -> Tensor:
    """Return which of a strip's patches, row by row, begin where row and column add up to an even number."""
    rows = torch.arange(strip.rows.start, strip.rows.stop, device=device)
    columns = torch.arange(count // len(rows), device=device)
    return ((rows[:, None] + columns) % 2 == 0).flatten().nonzero()[:, 0]


def _spread(weights: Tensor, patch: int) -> Tensor:
    """Return, for every pixel, the sum of the weights of the patches that hold it."""
    for dimension in range(2):
        shape = list(weights.shape)
        length = shape[dimension]
        shape[dimension] += patch - 1
        summed = weights.new_zeros(shape)
        for offset in range(patch):
            summed.narrow(dimension, offset, length).add_(weights)
        weights = summed
    return weights
