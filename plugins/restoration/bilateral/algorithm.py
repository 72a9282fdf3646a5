"""The bilateral filter, exactly: a weighted mean over a round window, weights by distance and by likeness.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ. Likeness is measured in a slightly blurred
copy of the photo, the guide (a joint bilateral filter, Petschnigg 2004), in which noise hides edges less. It is Tukey's
biweight ``(1 - d²/h²)²`` of a difference d, and nothing beyond h (Durand and Dorsey 2002): it takes a quarter of a
Gaussian's time and, pixels that are quite unlike being left out, gives 0.05 to 0.2 dB more. Two pixels weigh for each
other alike, so that half of the window's shifts serve for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import repeat
from math import exp, sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.filters import gaussian_blur, gaussian_reach
from plugins.restoration.bilateral.descriptor import BilateralParams, window_radius
from plugins.restoration.common.denoising import Block, block_by_block, blocks_of, bordered, denoised

_WIDEST = 2.28  # times σ: the difference h at which likeness ends; with it PSNR is highest over σ of 5 to 50
_BLOCK = (256, 512)  # pixels worked on at a time on a CPU: what is used of them stays in its cache


@dataclass(frozen=True)
class _Pair:
    """A shift and its opposite, and the root of their weight by distance, as a number and as a tensor."""

    down: int
    across: int
    root: float
    most: Tensor


def run(images: Tensor, params: BilateralParams, run: Run) -> Result:
    """Denoise photos; colours are compared and averaged together.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """
    return denoised(images, params, run.prepared, repeat(partial(_denoise, params=params, run=run)))


def _denoise(image: Tensor, sigma: float, params: BilateralParams, run: Run) -> Tensor:
    radius = window_radius(params)
    scale = 1.0 / (_WIDEST * sqrt(len(image)) * params.strength * sigma / 255.0)  # makes the guide's unit h
    pairs = _pairs(image, radius, params.spread)
    cut = partial(_cut, image, params.guide_blur, radius)

    def work(block: Block) -> Tensor:
        run.check()
        values, guide = cut(block)
        return _average(values, guide.mul_(scale), pairs, radius)

    return block_by_block(image, blocks_of(image, *_BLOCK), work, run, "averaging")


def _pairs(image: Tensor, radius: int, spread: float) -> list[_Pair]:
    """Return one of each two opposite shifts in a round window."""
    pairs = []
    for down, across in ((down, across) for down in range(radius + 1) for across in range(-radius, radius + 1)):
        squared = down * down + across * across
        if (down, across) > (0, 0) and squared <= radius * radius:
            root = exp(-squared / (4.0 * spread**2))
            pairs.append(_Pair(down, across, root, image.new_tensor(root)))
    return pairs


def _cut(image: Tensor, blur: float, radius: int, place: Block) -> tuple[Tensor, Tensor]:
    """Return a block of the photo with `radius` pixels around it, and its guide."""
    border = radius + gaussian_reach(blur)
    block = bordered(image, place, border)
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
    guides = list(guide.contiguous().flatten(1))
    lines = values.contiguous().flatten(1)
    totals, weights = lines.clone(), torch.ones_like(lines[0])  # a pixel weighs 1 for itself
    buffers = torch.empty_like(guides[0]), torch.empty_like(guides[0])
    first = radius * (width + 1)
    last = lines.shape[1] - first
    for pair in pairs:
        offset = pair.down * width + pair.across
        here, there = slice(first - offset, last), slice(first, last + offset)
        alike = _likeness([(line[here], line[there]) for line in guides], pair, buffers)
        weights[here].add_(alike)
        weights[there].add_(alike)
        totals[:, here].addcmul_(alike, lines[:, there])
        totals[:, there].addcmul_(alike, lines[:, here])
    return _crop(totals.div_(weights).view_as(values), radius)


def _likeness(guides: list[tuple[Tensor, Tensor]], pair: _Pair, buffers: tuple[Tensor, Tensor]) -> Tensor:
    """Return the weights of pixels for others, whose guides come in pairs, one a channel (Durand, Dorsey 2002)."""
    difference, alike = (buffer[: len(guides[0][0])] for buffer in buffers)
    left = pair.most
    for own, other in guides:
        torch.sub(own, other, out=difference)
        left = torch.addcmul(left, difference, difference, value=-pair.root, out=alike)
    return alike.clamp_min_(0.0).mul_(alike)
