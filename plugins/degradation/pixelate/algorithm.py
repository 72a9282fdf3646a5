"""Large pixels: every pixel becomes the mean of the square that it falls into."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.pixelate.descriptor import PixelateParams


def run(images: Tensor, params: PixelateParams, run: Run) -> Result:
    """Average photos over squares; a size that is no whole number gives squares of two sizes.

    Photos are ``(N, C, H, W)`` float32.
    """
    for dim in (2, 3):
        run.check()
        images = _bin_means(images, params.size, dim)
    return Result(image=images)


def _bin_means(images: Tensor, size: float, dim: int) -> Tensor:
    length = images.shape[dim]
    count = max(1, int(length / size))
    place = torch.arange(length, device=images.device)
    bins = (2 * place + 1) * count // (2 * length)
    shape = list(images.shape)
    shape[dim] = count
    shares = 1.0 / torch.bincount(bins, minlength=count).to(images.dtype)
    means = images.new_zeros(shape).index_add(dim, bins, images) * (shares if dim == 3 else shares[:, None])
    return means.index_select(dim, bins)
