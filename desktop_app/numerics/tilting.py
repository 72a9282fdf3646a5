"""A photo tilted about its middle, strip by strip, so that little more than the result is held."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from desktop_app.numerics.strips import row_strips, rows_of

__all__ = ["tilted"]

_STRIP = 1 << 19  # pixels of the result that are made between two places to stop


def tilted(
    image: Tensor, angle: float, size: tuple[int, int], check: Callable[[], None] = lambda: None
) -> tuple[Tensor, Tensor]:
    """Return a photo turned clockwise about its middle, and how much of each pixel lies on it.

    Read by cubic convolution at ``x' = cos·x + sin·y, y' = -sin·x + cos·y`` from the middle; beyond the border the
    photo is mirrored.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, any range; gradients flow through.
    angle : float
        In degrees; the picture turns to the right.
    size : tuple of int
        Height and width of the result, whose middle is the photo's.
    check : callable
        Called often; may raise to stop.

    Returns
    -------
    values : Tensor
        ``(C, height, width)``.
    cover : Tensor
        ``(1, height, width)`` in [0, 1]: 0 beyond the photo, between along its edge.
    """
    height, width = image.shape[-2:]
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    x = torch.arange(size[1], device=image.device, dtype=image.dtype) + 0.5 - size[1] / 2
    values, covers = [], []
    for strip in row_strips(size[0], rows_of(_STRIP, size[1])):
        check()
        rows = torch.arange(strip.rows.start, strip.rows.stop, device=image.device, dtype=image.dtype)
        y = (rows + 0.5 - size[0] / 2)[:, None]
        across, down = cosine * x + sine * y, cosine * y - sine * x
        places = torch.stack([across * (2 / width), down * (2 / height)], -1)[None]
        read = grid_sample(image[None], places, "bicubic", "reflection", align_corners=False)[0]
        values.append(read)
        inside = torch.minimum(width / 2 - across.abs(), height / 2 - down.abs())
        covers.append((inside + 0.5).clamp(0.0, 1.0)[None])
    return torch.cat(values, 1), torch.cat(covers, 1)
