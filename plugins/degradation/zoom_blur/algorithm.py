"""Zoom blur: the mean of the photo and of ever larger pictures of it, about its middle.

As in the benchmark the first picture counts twice: the zoom begins after a while.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.degradation.zoom_blur.descriptor import ZoomBlurParams

_STRIP = 1 << 17  # pixels of a strip, which stays in the processor's cache from zoom to zoom


def run(images: Tensor, params: ZoomBlurParams, run: Run) -> Result:
    """Average zoomed photos; pixels between pixels are interpolated linearly.

    Photos are ``(N, C, H, W)`` float32.
    """
    height, width = images.shape[-2:]
    zooms = torch.linspace(1.0, 1.0 + params.zoom / 100.0, params.steps).tolist()
    parts = []
    for strip in row_strips(height, rows_of(_STRIP, width)):
        run.progress(strip.place.start / height)
        total = images[..., strip.place, :].clone()
        for zoom in zooms:
            run.check()
            tall = _zoomed(images, zoom, strip.rows, 2)
            total = total + _zoomed(tall, zoom, range(width), 3)
        parts.append(total / (len(zooms) + 1))
    return Result(image=torch.cat(parts, 2))


def _zoomed(images: Tensor, zoom: float, places: range, dim: int) -> Tensor:
    """Return the lines `places` along a dimension of a picture that is zoomed about its middle."""
    length = images.shape[dim]
    middle = (length - 1) / 2.0
    place = torch.arange(places.start, places.stop, dtype=torch.float64)  # on the CPU: not every GPU has float64
    place = ((place - middle) / zoom + middle).clamp_(0.0, length - 1.0)
    first = place.floor().long()
    second = (first + 1).clamp_(max=length - 1)
    share = (place - first).to(images)
    first, second = first.to(images.device), second.to(images.device)
    share = share if dim == 3 else share[:, None]
    return torch.lerp(images.index_select(dim, first), images.index_select(dim, second), share)
