"""Gaussian and Laplacian pyramids of photos (Burt and Adelson 1983, doi:10.1109/TCOM.1983.1095851)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["fused_difference", "pyramid_down", "pyramid_up"]

_BINOMIAL = (1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0)


def pyramid_down(images: Tensor) -> Tensor:
    """Return float photos ``(..., H, W)`` blurred by a binomial of five taps, every second pixel of them.

    Examples
    --------
    >>> pyramid_down(torch.ones(1, 3, 5, 8)).shape
    torch.Size([1, 3, 3, 4])
    """
    for dim in (-2, -1):
        images = _halved(images, dim)
    return images


def _halved(images: Tensor, dim: int) -> Tensor:
    length = images.shape[dim]
    places = torch.arange(-2, length + 2, device=images.device).clamp_(0, length - 1)
    padded = images.index_select(dim, places)
    total: Tensor | None = None
    for offset, weight in enumerate(_BINOMIAL):
        part = _every_second(padded, dim, offset, offset + length)
        total = part * weight if total is None else total.add_(part, alpha=weight)
    assert total is not None  # there are five taps
    return total


def _every_second(images: Tensor, dim: int, start: int, stop: int) -> Tensor:
    return images[..., start:stop:2] if dim == -1 else images[..., start:stop:2, :]


def pyramid_up(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Return float photos ``(..., ⌈H/2⌉, ⌈W/2⌉)`` at the size ``(H, W)`` that `pyramid_down` took them from."""
    for dim, length in zip((-1, -2), reversed(size), strict=True):
        images = _doubled(images, dim, length)
    return images


def _doubled(images: Tensor, dim: int, length: int) -> Tensor:
    last = images.shape[dim] - 1
    here = torch.arange(last + 1, device=images.device)
    after = images.index_select(dim, (here + 1).clamp_(max=last))
    before = images.index_select(dim, (here - 1).clamp_(min=0))
    even = before.add_(after).add_(images, alpha=6.0).mul_(1.0 / 8.0)
    odd = after.add_(images).mul_(0.5)
    axis = dim % images.dim() + 1
    return torch.stack([even, odd], dim=axis).flatten(axis - 1, axis).narrow(dim, 0, length)


def fused_difference(difference: Tensor, weight: Tensor, levels: int, check: Callable[[], None]) -> Tensor:
    """Return what has to be added to a photo b so that it becomes the multi-scale fusion of a and b.

    Every band of the Laplacian pyramid of ``a - b`` is weighted by the Gaussian pyramid of a's weight: details pass
    from one photo to the other sharply, broad tones softly, and no seam shows. Pyramids being linear, this is the sum
    of both photos' bands under weights that add up to one.

    Parameters
    ----------
    difference : Tensor
        ``a - b``, ``(N, C, H, W)``.
    weight : Tensor
        Share of a, ``(N, 1, H, W)`` in [0, 1].
    levels : int
        How often the photos are halved; 0 weights them pixel by pixel.
    check : callable
        Called between operations; it raises if the user cancelled.
    """
    if levels == 0 or min(difference.shape[-2:]) < 2:
        return difference * weight
    size = (difference.shape[-2], difference.shape[-1])
    check()
    small = pyramid_down(difference)
    check()
    band = pyramid_up(small, size).neg_().add_(difference).mul_(weight)
    coarser = fused_difference(small, pyramid_down(weight), levels - 1, check)
    check()
    return band.add_(pyramid_up(coarser, size))
