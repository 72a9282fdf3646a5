"""A photo deconvolved with the straight motion of each of its cells."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import ceil, degrees

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.blurring import centred_in
from desktop_app.numerics.deconvolution import SparsePrior
from desktop_app.numerics.kernels import motion_kernel
from plugins.restoration.common.blur_field import BlurField, deconvolve_field
from plugins.restoration.common.faded_tiles import Tile, deblurred_tiles, tiles_of
from plugins.restoration.common.last_step import ITERATIONS, sparse_prior
from plugins.restoration.common.progress import share_of
from plugins.restoration.motion_field.network import CELL, LONGEST, doubled

__all__ = ["LEAST_MOTION", "sharpened_by", "undoubled"]

LEAST_MOTION = 3.0
"""Pixels of motion up to which a place is left alone: shorter ones are told as so many, and of sharp places some."""
_SHARP = (LEAST_MOTION, 4.0)  # and from which on it is wholly deblurred
_KERNEL_ERROR = 2.0  # levels: what a told motion is off leaves ripples, as noise would


def sharpened_by(
    image: Tensor, field: Tensor, sigma: float, progress: Callable[[float], None], iterations: int = ITERATIONS
) -> Tensor:
    """Return a photo ``(C, H, W)`` float32 deconvolved with the motion of each of its cells.

    Parameters
    ----------
    image : Tensor
        The blurred photo.
    field : Tensor
        ``(rows, columns, 2)``: length in pixels and angle in radians, as `smooth_field` returns them.
    sigma : float
        Noise in 8-bit levels.
    progress : callable
        Told how far the work is, 0 to 1; may raise to stop.
    iterations : int
        Of the deconvolution.
    """
    tiles, prior, done = tiles_of(*image.shape[-2:]), sparse_prior(sigma, _KERNEL_ERROR), 0

    def deblur(part: Tensor, place: Tile) -> Tensor:
        nonlocal done
        lengths, angles = _cells_of(part, place, field)
        planes = []
        for plane in part:
            part_of = share_of(progress, done, len(tiles) * len(part))
            part_of(0.0)
            planes.append(_deconvolved(plane, lengths, angles, prior, part_of, iterations))
            done += 1
        kept = F.interpolate(_blurredness(lengths)[None, None], part.shape[-2:], mode="bilinear")[0]
        return torch.lerp(part, torch.stack(planes), kept)

    return deblurred_tiles(image, ceil(LONGEST / 2), tiles, deblur)


def _deconvolved(
    plane: Tensor, lengths: Tensor, angles: Tensor, prior: SparsePrior, progress: Callable[[float], None],
    iterations: int,
) -> Tensor:
    if float(lengths.max()) <= _SHARP[0]:
        return plane
    side = ceil(float(lengths.max())) // 2 * 2 + 3
    made = [
        _kernel(round(4 * length) / 4, round(degrees(angle)) % 180, side)
        for length, angle in zip(lengths.flatten().tolist(), angles.flatten().tolist(), strict=True)
    ]
    kernels = torch.stack(made).view(*lengths.shape, side, side).to(plane)
    told = 0.0

    def telling(share: float) -> None:
        nonlocal told
        told = share
        progress(share)

    field = BlurField.of(plane, kernels, lambda: progress(told))
    return deconvolve_field(plane, field, prior, iterations, telling)


@cache
def _kernel(length: float, angle: int, side: int) -> Tensor:
    return centred_in(motion_kernel(length + 1.0, float(angle)), side)  # one pixel is what no motion leaves


def _blurredness(lengths: Tensor) -> Tensor:
    low, high = _SHARP
    return ((lengths - low) / (high - low)).clamp(0.0, 1.0)


def _cells_of(part: Tensor, place: Tile, field: Tensor) -> tuple[Tensor, Tensor]:
    """Return length and angle ``(rows, columns)`` of the motion in cells of a part that lies somewhere in the photo."""
    starts, sides = (place.top, place.left), part.shape[-2:]
    down, across = (
        start + (torch.arange(count, device=part.device) + 0.5) * side / count
        for start, side, count in zip(starts, sides, [ceil(side / CELL) for side in sides], strict=True)
    )
    scale = [2.0 / (CELL * count) for count in field.shape[:2]]
    places = torch.stack(torch.meshgrid(down * scale[0] - 1.0, across * scale[1] - 1.0, indexing="ij"), dim=-1).flip(-1)
    return undoubled(F.grid_sample(
        doubled(field).permute(2, 0, 1)[None], places[None].to(field), "bilinear", "border", align_corners=False
    )[0])


def undoubled(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Return length and angle ``(…)`` of vectors ``(2, …)`` at twice the angle; see `doubled`."""
    return vectors.norm(dim=0), 0.5 * torch.atan2(vectors[1], vectors[0])
