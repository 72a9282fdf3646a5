"""AugMix: a photo mixed with chains of small changes, none of which is a corruption that models are tested with.

Hendrycks et al. 2020, "AugMix", arXiv:1912.02781: three chains of one to three operations, mixed by weights from a
Dirichlet distribution, then with the photo by a weight from a Beta distribution (algorithm 1).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["OPERATIONS", "augmix"]

Operation = Callable[[Tensor, Tensor], Tensor]
"""Photos ``(N, 3, H, W)`` in [0, 1] and strengths ``(N,)`` in [-1, 1] to changed photos."""

_CHAINS = 3
_STRONGEST = 0.3
"""Of the operations' whole range: the paper's severity 3 of 10."""


def augmix(photos: Tensor, generator: torch.Generator) -> Tensor:
    """Return photos ``(N, 3, H, W)`` in [0, 1], each mixed anew (arXiv:1912.02781, algorithm 1).

    Parameters
    ----------
    photos : Tensor
        ``(N, 3, H, W)`` float32 in [0, 1], on the CPU.
    generator : torch.Generator
        All that is random is drawn from it.
    """
    count = len(photos)
    gaps = torch.rand(count, _CHAINS, generator=generator).clamp_min(1e-9).log().neg()
    weights = gaps / gaps.sum(1, keepdim=True)  # exponential gaps over their sum: Dirichlet(1, 1, 1)
    mixed = torch.zeros_like(photos)
    for chain in range(_CHAINS):
        mixed += weights[:, chain, None, None, None] * _chain(photos, generator)
    keep = torch.rand(count, 1, 1, 1, generator=generator)  # Beta(1, 1)
    return keep * photos + (1 - keep) * mixed


def _chain(photos: Tensor, generator: torch.Generator) -> Tensor:
    """Apply one to three random operations to each photo."""
    count, changed = len(photos), photos
    depth = torch.randint(1, 4, (count,), generator=generator)
    for step in range(3):
        which = torch.randint(len(OPERATIONS), (count,), generator=generator)
        strength = (2 * torch.rand(count, generator=generator) - 1) * _STRONGEST
        changed = changed.clone()
        for index, operation in enumerate(OPERATIONS):
            chosen = (which == index) & (depth > step)
            if chosen.any():
                changed[chosen] = operation(changed[chosen], strength[chosen])
    return changed


def _autocontrast(photos: Tensor, _: Tensor) -> Tensor:
    low, high = photos.amin((2, 3), keepdim=True), photos.amax((2, 3), keepdim=True)
    return torch.where(high > low, (photos - low) / (high - low).clamp_min(1e-6), photos)


def _equalize(photos: Tensor, _: Tensor) -> Tensor:
    """Replace each value by its rank among the values of its channel."""
    flat = photos.flatten(2).contiguous()
    ordered = flat.sort(2).values.contiguous()
    return (torch.searchsorted(ordered, flat, right=True).float() / flat.shape[2]).view_as(photos)


def _posterize(photos: Tensor, strength: Tensor) -> Tensor:
    levels = 2 ** (8 - torch.round(4 * strength.abs()))
    return torch.floor(photos * (levels - 1e-3)[:, None, None, None]) / (levels - 1)[:, None, None, None]


def _solarize(photos: Tensor, strength: Tensor) -> Tensor:
    return torch.where(photos >= 1 - strength.abs()[:, None, None, None], 1 - photos, photos)


def _rotate(photos: Tensor, strength: Tensor) -> Tensor:
    angle = strength * torch.pi / 6
    return _warp(photos, angle.cos(), -angle.sin(), angle.sin(), angle.cos())


def _shear_across(photos: Tensor, strength: Tensor) -> Tensor:
    return _warp(photos, 1.0, 0.3 * strength, 0.0, 1.0)


def _shear_down(photos: Tensor, strength: Tensor) -> Tensor:
    return _warp(photos, 1.0, 0.0, 0.3 * strength, 1.0)


def _move_across(photos: Tensor, strength: Tensor) -> Tensor:
    return _warp(photos, 1.0, 0.0, 0.0, 1.0, across=strength * 2 / 3)


def _move_down(photos: Tensor, strength: Tensor) -> Tensor:
    return _warp(photos, 1.0, 0.0, 0.0, 1.0, down=strength * 2 / 3)


def _warp(
    photos: Tensor, xx: Tensor | float, xy: Tensor | float, yx: Tensor | float, yy: Tensor | float,
    across: Tensor | float = 0.0, down: Tensor | float = 0.0,
) -> Tensor:  # fmt: skip
    """Look each pixel up at an affine image of its place, coordinates from -1 to 1; mirrored outside."""
    rows = [torch.stack([torch.as_tensor(v).expand(len(photos)) for v in row], 1)
            for row in ((xx, xy, across), (yx, yy, down))]
    grid = F.affine_grid(torch.stack(rows, 1), list(photos.shape), align_corners=False)
    return F.grid_sample(photos, grid, padding_mode="reflection", align_corners=False)


OPERATIONS: tuple[Operation, ...] = (
    _autocontrast, _equalize, _posterize, _rotate, _solarize, _shear_across, _shear_down, _move_across, _move_down,
)  # fmt: skip
"""The paper's nine: those of AutoAugment that are none of the corruptions of ImageNet-C."""
