"""Pictures of leaves that lie over one another: edges of every colour, which photos from JPEG files do not have.

The model of Lee, Mumford, Huang 2001 (doi:10.1023/A:1011109015675): discs whose radius r has a density of r⁻³ hide one
another, as things in a photo do at every scale. That a denoiser learns from them was shown by Achddou, Gousseau, Ladjal
2021 (arXiv:2108.10059). Here every leaf is cut from a photo, its colours mixed anew.
"""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

from desktop_app.numerics.resize import downsample_bicubic

__all__ = ["dead_leaves"]

_SMALLEST, _LARGEST = 12.0, 240.0  # radii before the picture is halved, which smooths the leaves' rims
_BARE = 0.002  # share of the ground that may stay bare
_MOST = 20_000  # leaves
_CONTRAST = 0.7
_PLAIN = 0.3  # share of the leaves without texture


def dead_leaves(photos: list[Tensor], side: int, generator: torch.Generator) -> Tensor:
    """Return a picture ``(3, side, side)`` uint8 of leaves, each with the texture of one of the photos.

    Parameters
    ----------
    photos : list of Tensor
        ``(3, H, W)`` uint8, of any sizes.
    side : int
        Pixels.
    generator : torch.Generator
        Where chance comes from.
    """
    large = 2 * side
    ground, is_bare = torch.full((3, large, large), 0.5), torch.ones(large, large, dtype=torch.bool)
    radii = _radii(generator)
    for radius in radii:
        if float(is_bare.float().mean()) < _BARE:
            break
        _laid(ground, is_bare, radius, photos, generator)
    small = downsample_bicubic(ground[None], 2)[0]
    return (small * 255).round().clamp(0, 255).to(torch.uint8)


def _radii(generator: torch.Generator) -> list[float]:
    """Draw radii of density r⁻³ by its inverse distribution function."""
    share = torch.rand(_MOST, generator=generator, dtype=torch.float64)
    most, least = _SMALLEST**-2, _LARGEST**-2
    found: list[float] = (most - share * (most - least)).rsqrt().tolist()
    return found


def _laid(ground: Tensor, is_bare: Tensor, radius: float, photos: list[Tensor], generator: torch.Generator) -> None:
    """Lay a leaf beneath those that lie there: it fills what is still bare."""
    side = len(is_bare)
    x, y = ((side + 2 * radius) * torch.rand(2, generator=generator) - radius).tolist()
    left, right, top, bottom = (min(max(ceil(edge), 0), side) for edge in (x - radius, x + radius, y - radius,
                                                                           y + radius))
    if left >= right or top >= bottom:
        return
    bare = is_bare[top:bottom, left:right]
    if not bool(bare.any()):
        return
    columns, rows = torch.arange(left, right) - x, torch.arange(top, bottom) - y
    leaf = (columns.square() + rows[:, None].square() < radius**2) & bare
    ground[:, top:bottom, left:right][:, leaf] = _filling((bottom - top, right - left), photos, generator)[:, leaf]
    is_bare[top:bottom, left:right] &= ~leaf


def _filling(size: tuple[int, int], photos: list[Tensor], generator: torch.Generator) -> Tensor:
    """Return a part of a photo with colours of its own: each channel another share of the photo's three."""
    colour = torch.rand(3, 1, 1, generator=generator)
    colour = torch.lerp(colour.mean(0, keepdim=True), colour, torch.rand((), generator=generator))
    if float(torch.rand((), generator=generator)) < _PLAIN:
        return colour.expand(3, *size)
    photo = photos[int(torch.randint(len(photos), (), generator=generator))]
    top, left = (int(torch.randint(max(have - want, 0) + 1, (), generator=generator))
                 for have, want in zip(photo.shape[1:], size, strict=True))
    part = photo[:, top : top + size[0], left : left + size[1]].float() / 255.0
    mixing = _CONTRAST * (2.0 * torch.rand(3, 3, generator=generator) - 1.0)
    mixed = colour + torch.einsum("ij,jhw->ihw", mixing, part - part.mean((1, 2), keepdim=True))
    found = colour.expand(3, *size).clone()  # where the photo is smaller than the leaf
    found[:, : mixed.shape[1], : mixed.shape[2]] = mixed
    return found.clamp(0.0, 1.0)
