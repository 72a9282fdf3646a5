"""Bicubic resizing by MATLAB's convention: the one that published super-resolution figures rest on.

Pixels are areas: output pixel i looks at ``(i + 1/2) / scale - 1/2``. When the photo gets smaller the cubic is
stretched by 1/scale, so that nothing aliases; beyond the border the photo is mirrored, its edge pixel repeated.
Each dimension is one banded matrix, applied strip by strip, so that little more than the result is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil

import torch
from torch import Tensor

from desktop_app.numerics.strips import row_strips, rows_of

__all__ = [
    "UPSAMPLING_REACH",
    "bicubic_taps",
    "cubic",
    "downsample_bicubic",
    "downsampled_size",
    "mirrored",
    "resize_bicubic",
    "upsample_bicubic",
]

_BLOCK = 128  # output rows of one product: long for few of them, short for a narrow band
_STRIP = 1 << 21  # pixels of the result that are made between two places to stop
UPSAMPLING_REACH = 3
"""How many pixels of the small photo away a pixel of the larger one looks."""
_A = -0.5  # Keys 1981, eq. 15


def cubic(distance: Tensor) -> Tensor:
    """Return Keys' cubic at distances in pixels, of any shape: 1 at 0, 0 from 2 on (doi:10.1109/TASSP.1981.1163711)."""
    x = distance.abs()
    near = ((_A + 2.0) * x - (_A + 3.0)) * x * x + 1.0
    far = ((_A * x - 5.0 * _A) * x + 8.0 * _A) * x - 4.0 * _A
    return torch.where(x <= 1.0, near, torch.where(x < 2.0, far, torch.zeros_like(x)))


def resize_bicubic(
    images: Tensor, size: tuple[int, int], *, scale: float | tuple[float, float] | None = None, antialias: bool = True
) -> Tensor:
    """Return photos of another size.

    Parameters
    ----------
    images : Tensor
        ``(…, H, W)`` floating point, any range; gradients flow through.
    size : tuple of int
        Height and width to reach.
    scale : float or tuple of float, optional
        Output over input, vertical and horizontal; the ratio of the sizes when absent. MATLAB's
        ``imresize(photo, scale)`` gives ``ceil(scale · H)`` rows of exactly this scale.
    antialias : bool
        Whether the cubic is stretched when the photo gets smaller; without it fine texture turns into false patterns.

    Returns
    -------
    Tensor
        ``(…, height, width)``.

    Raises
    ------
    ValueError
        If a photo or the size is empty.

    Examples
    --------
    >>> resize_bicubic(torch.ones(1, 3, 8, 6), (4, 3)).shape
    torch.Size([1, 3, 4, 3])
    """
    if 0 in images.shape or min(size) < 1:
        raise ValueError(f"expected photos and a size of at least one pixel, got {tuple(images.shape)} and {size}")
    factors = _factors(images, size, scale)
    height, width = images.shape[-2:]
    down, across = (
        list(_bands(*bicubic_taps(count, factor, antialias=antialias), length, images))
        for count, factor, length in zip(size, factors, (height, width), strict=True)
    )
    planes = images.reshape(-1, height, width)
    resized = images.new_empty(len(planes), *size)
    for index, plane in enumerate(planes):
        row = 0
        for start, band in down:
            strip = band @ plane[start : start + band.shape[1]]
            resized[index, row : row + len(band)] = _widen(strip, across)
            row += len(band)
    return resized.view(*images.shape[:-2], *size)


def _widen(strip: Tensor, bands: list[tuple[int, Tensor]]) -> Tensor:
    return torch.cat([strip[:, start : start + band.shape[1]] @ band.T for start, band in bands], 1)


def _factors(images: Tensor, size: tuple[int, int], scale: float | tuple[float, float] | None) -> tuple[float, float]:
    if scale is None:
        return size[0] / images.shape[-2], size[1] / images.shape[-1]
    return scale if isinstance(scale, tuple) else (scale, scale)


def bicubic_taps(output: int, scale: float, *, antialias: bool = True) -> tuple[Tensor, Tensor]:
    """Return what each output pixel sums up along one dimension.

    Parameters
    ----------
    output : int
        Pixels after.
    scale : float
        Output over input.
    antialias : bool
        Whether the cubic is stretched when ``scale < 1``.

    Returns
    -------
    first : Tensor
        int64 of shape ``(output,)``: the first input pixel of each sum, possibly negative (to be mirrored).
    weights : Tensor
        ``(output, taps)`` float64, each row summing to one.
    """
    stretch = min(scale, 1.0) if antialias else 1.0
    centre = (torch.arange(output, dtype=torch.float64) + 0.5) / scale - 0.5
    first = (centre - 2.0 / stretch).floor().long()
    taps = ceil(4.0 / stretch) + 2
    positions = first[:, None] + torch.arange(taps)
    weights = cubic((centre[:, None] - positions) * stretch)
    weights = weights / weights.sum(1, keepdim=True)
    used = weights.abs().amax(0).nonzero()
    low, high = int(used.min()), int(used.max())
    return first + low, weights[:, low : high + 1]


def _bands(first: Tensor, weights: Tensor, length: int, like: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield, block by block, the first input pixel and the matrix ``(outputs, inputs)`` from there on."""
    taps = torch.arange(weights.shape[1])
    for begin in range(0, len(first), _BLOCK):
        block = weights[begin : begin + _BLOCK]
        pixels = mirrored(first[begin : begin + _BLOCK, None] + taps, length)
        start = int(pixels.min())
        band = weights.new_zeros(len(block), int(pixels.max()) - start + 1)
        yield start, band.scatter_add_(1, pixels - start, block).to(like)


def mirrored(index: Tensor, length: int) -> Tensor:
    """Return integers of any shape folded into ``0 … length - 1``, the edge pixel mirrored too: 1 0 | 0 1 2 | 2 1."""
    index = index.remainder(2 * length)
    return torch.where(index < length, index, 2 * length - 1 - index)


def downsampled_size(height: int, width: int, factor: int) -> tuple[int, int]:
    """Return the size that MATLAB's ``imresize(photo, 1 / factor)`` gives: rounded up."""
    return ceil(height / factor), ceil(width / factor)


def downsample_bicubic(images: Tensor, factor: int) -> Tensor:
    """Return photos ``(…, ⌈H/factor⌉, ⌈W/factor⌉)``: the degradation D·M of published super-resolution figures.

    Parameters
    ----------
    images : Tensor
        ``(…, H, W)``.
    factor : int
        How many times smaller.
    """
    height, width = images.shape[-2:]
    return resize_bicubic(images, downsampled_size(height, width, factor), scale=1.0 / factor)


def upsample_bicubic(images: Tensor, factor: int, check: Callable[[], None] | None = None) -> Tensor:
    """Return photos ``(…, factor · H, factor · W)``.

    Parameters
    ----------
    images : Tensor
        ``(…, H, W)``.
    factor : int
        How many times larger.
    check : callable, optional
        Called often; may raise to stop.
    """
    height, width = images.shape[-2:]
    larger = images.new_empty(*images.shape[:-2], factor * height, factor * width)
    for strip in row_strips(height, rows_of(_STRIP, width * factor**2, UPSAMPLING_REACH), UPSAMPLING_REACH):
        if check is not None:
            check()
        rows = images[..., strip.read, :]
        part = resize_bicubic(rows, (factor * rows.shape[-2], factor * width), scale=float(factor))
        place, core = (slice(factor * rows.start, factor * rows.stop) for rows in (strip.place, strip.core))
        larger[..., place, :] = part[..., core, :]
    return larger
