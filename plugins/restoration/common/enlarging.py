"""Enlarging by a network that finds what a bicubic enlargement lacks, on the grid of the small photo.

The enlarged luma is folded: the s × s pixels that belong to a pixel of the small photo become s² channels, and the
network gives as many. Nothing is lost by it, and all convolutions work on the small photo's grid, with s² times fewer
places. Details are those of BT.601's luma; colours are enlarged bicubically.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import Result, Run
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.resize import upsample_bicubic

__all__ = ["SCALES", "enlarged_by", "fine_luma", "folded", "without_brightness"]

SCALES = (2, 3, 4)
_SURROUNDINGS = 5  # pixels a side of the small photo, over which brightness is averaged


class Detailing(Protocol):
    """Parameters of such a tool."""

    @property
    def scale(self) -> int:
        """How many times higher and wider."""

    @property
    def strength(self) -> float:
        """How much of the details is added, in per cent."""


def folded(plane: Tensor, scale: int) -> Tensor:
    """Return the bicubic enlargement of planes ``(N, 1, h, w)``, folded: ``(N, scale², h, w)`` float32."""
    device = plane.device.type
    is_coarse = torch.is_autocast_enabled(device)  # while it is trained; not every device knows of autocast
    with torch.autocast(device, enabled=False) if is_coarse else nullcontext():  # bfloat16 is too coarse here
        return F.pixel_unshuffle(upsample_bicubic(plane.float(), scale), scale)


def fine_luma(network: nn.Module, small: Tensor, scale: int) -> Tensor:
    """Return planes ``(N, 1, h, w)`` enlarged, with a network's details: ``(N, 1, scale·h, scale·w)`` float32."""
    given = folded(small, scale)
    found: Tensor = network(given)
    return F.pixel_shuffle(given + found.float(), scale)


def without_brightness(planes: Tensor) -> Tensor:
    """Return folded planes ``(N, s², h, w)`` less the mean of what lies around: details hardly depend on brightness.

    The mean is over all channels and 5 × 5 places; beyond the border the outermost are repeated.
    """
    half = _SURROUNDINGS // 2
    mean = F.pad(planes.mean(1, keepdim=True), (half, half, half, half), mode="replicate")
    return planes - F.avg_pool2d(mean, _SURROUNDINGS, stride=1)


def enlarged_by(images: Tensor, params: Detailing, run: Run, network: str) -> Result:
    """Enlarge photos by one pass of a network.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1]; values outside are kept.
    network : str
        The id of a network from folded planes ``(N, s², H, W)`` to what they lack.
    """
    larger = upsample_bicubic(images, params.scale, run.check)
    if params.strength == 0.0:
        return Result(image=larger)
    body = run.network(network)
    run.progress(0.0, "finding details")
    details = body(folded(luminance(images), params.scale))
    return Result(image=larger + (params.strength / 100.0) * F.pixel_shuffle(details, params.scale))
