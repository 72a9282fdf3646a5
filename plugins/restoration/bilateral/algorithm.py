"""The bilateral filter, exactly: a weighted mean over a round window, weights by distance and by likeness.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ. Likeness is measured in a slightly blurred
copy of the photo, the guide (a joint bilateral filter, Petschnigg 2004), in which noise hides edges less. Two pixels
weigh for each other alike, so that half of the window's shifts serve for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import repeat
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.filters import gaussian_blur, gaussian_reach
from plugins.restoration.bilateral.descriptor import BilateralParams, window_radius
from plugins.restoration.common.denoising import Block, block_by_block, blocks_of, denoised, mirrored_lines

_BLOCK = (128, 512)  # pixels worked on at a time on a CPU: what is used of them stays in its cache


@dataclass(frozen=True)
class _Pair:
    """A shift and its opposite, and their weight by distance, as a logarithm."""

    down: int
    across: int
    distance: Tensor


def run(images: Tensor, params: BilateralParams, run: Run) -> Result:
    """Denoise photos; colours are compared and averaged together.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """
    return denoised(images, params, run.prepared, repeat(partial(_denoise, params=params, run=run)))


def _denoise(image: Tensor, sigma: float, params: BilateralParams, run: Run) -> Tensor:
    radius = window_radius(params)
    # The guide in units in which a squared difference is the exponent of its weight (Tomasi 1998, section 2.1)
    scale = 1.0 / (sqrt(2.0 * len(image)) * params.strength * sigma / 255.0)
    pairs = _pairs(image, radius, params.spread)
    cut = partial(_cut, image, params.guide_blur, radius)

    def work(block: Block) -> Tensor:
        run.check()
        values, guide = cut(block)
        return _average(values, guide.mul_(scale), pairs, radius)

    return block_by_block(image, blocks_of(image, *_BLOCK), work, run, "averaging")


def _pairs(image: Tensor, radius: int, spread: float) -> list[_Pair]:
    """Return one of each two opposite shifts in a round window."""
    shifts = [(dy, dx) for dy in range(radius + 1) for dx in range(-radius, radius + 1) if (dy, dx) > (0, 0)]
    return [
        _Pair(dy, dx, image.new_tensor(-(dy * dy + dx * dx) / (2.0 * spread**2)))
        for dy, dx in shifts
        if dy * dy + dx * dx <= radius * radius
    ]


def _cut(image: Tensor, blur: float, radius: int, place: Block) -> tuple[Tensor, Tensor]:
    """Return a block of the photo with `radius` pixels around it, and its guide."""
    border = radius + gaussian_reach(blur)
    rows, columns = (mirrored_lines(image, place, axis, border) for axis in (1, 2))
    block = image.index_select(1, rows).index_select(2, columns)
    inner = border - radius
    guide = gaussian_blur(block, blur)
    return _crop(block, inner), _crop(guide, inner).clone()


def _crop(planes: Tensor, border: int) -> Tensor:
    return planes[:, border : planes.shape[1] - border, border : planes.shape[2] - border]


def _average(values: Tensor, guide: Tensor, pairs: list[_Pair], radius: int) -> Tensor:
    """Return the weighted means of a block (Tomasi 1998, eqs. 5 and 6), less `radius` pixels at all four sides.

    The block lies in one row of memory, where a shift is an offset: operations then run over contiguous numbers. What
    wraps round an end of a line concerns pixels of the border alone.
    """
    width = values.shape[2]
    lines, guides = (list(planes.contiguous().flatten(1)) for planes in (values, guide))
    totals = [line.clone() for line in lines]  # a pixel weighs 1 for itself
    weight = torch.ones_like(lines[0])
    buffers = torch.empty_like(weight), torch.empty_like(weight)
    first = radius * (width + 1)
    last = len(weight) - first
    for pair in pairs:
        offset = pair.down * width + pair.across
        here, there = slice(first - offset, last), slice(first, last + offset)
        alike = _likeness([(line[here], line[there]) for line in guides], pair.distance, buffers)
        weight[here].add_(alike)
        weight[there].add_(alike)
        for total, line in zip(totals, lines, strict=True):
            total[here].addcmul_(alike, line[there])
            total[there].addcmul_(alike, line[here])
    return _crop(torch.stack(totals).div_(weight).view_as(values), radius)


def _likeness(pairs: list[tuple[Tensor, Tensor]], distance: Tensor, buffers: tuple[Tensor, Tensor]) -> Tensor:
    """Return the weights of pixels for others, whose guides come in pairs, one a channel."""
    difference, alike = (buffer[: len(pairs[0][0])] for buffer in buffers)
    exponent = distance
    for own, other in pairs:
        torch.sub(own, other, out=difference)
        exponent = torch.addcmul(exponent, difference, difference, value=-1.0, out=alike)
    return alike.exp_()
