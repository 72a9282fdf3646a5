"""The bilateral filter, exactly: a weighted mean over a round window, weights by distance and by likeness.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ. Likeness is measured in a slightly blurred
copy of the photo, the guide (a joint bilateral filter, Petschnigg 2004), in which noise hides edges less. Two pixels
weigh for each other alike, so that half of the window's shifts serve for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import mirror
from desktop_app.numerics.filters import gaussian_blur, gaussian_reach
from desktop_app.numerics.noise import noise_levels, noise_report
from desktop_app.numerics.parallel import in_parallel
from plugins.restoration.bilateral.descriptor import BilateralParams, window_radius

_NO_NOISE = 1e-3  # levels below which there is nothing to remove
_BLOCK = (128, 512)  # pixels worked on at a time on a CPU: what is used of them stays in its cache


@dataclass(frozen=True)
class _Pair:
    """A shift and its opposite, and their weight by distance, as a logarithm."""

    down: int
    across: int
    distance: Tensor


def prepare(images: Tensor, params: BilateralParams, run: Run) -> list[float]:
    """Return each photo's noise in 8-bit levels: as given, else estimated from the whole photo."""
    return noise_levels(images, params.sigma, run.check)


def run(images: Tensor, params: BilateralParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)``; colours are compared and averaged together.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    params : BilateralParams
        Noise, strength, spread and the guide's blur.
    run : Run
        Its ``prepared`` holds the noise of every photo, in 8-bit levels.
    """
    sigmas: list[float] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, sigma, params, run) for image, sigma in zip(images, sigmas, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[noise_report(sigma, params.sigma) for sigma in sigmas],
    )


def _denoise(image: Tensor, sigma: float, params: BilateralParams, run: Run) -> Tensor:
    if sigma < _NO_NOISE:
        return image.clone()
    radius = window_radius(params)
    # The guide in units in which a squared difference is the exponent of its weight (Tomasi 1998, section 2.1)
    scale = 1.0 / (sqrt(2.0 * len(image)) * params.strength * sigma / 255.0)
    pairs = _pairs(image, radius, params.spread)
    restored = torch.empty_like(image)
    height, width = image.shape[1:]
    tall, wide = _BLOCK if image.device.type == "cpu" else (height, width)
    corners = [(y, x) for y in range(0, height, tall) for x in range(0, width, wide)]
    cut = partial(_cut, image, params.guide_blur, radius, (tall, wide))

    def work(corner: tuple[int, int]) -> Tensor:
        run.check()
        values, guide = cut(corner)
        return _average(values, guide.mul_(scale), pairs, radius)

    for done, ((top, left), block) in enumerate(zip(corners, in_parallel(work, corners, image.device), strict=True)):
        run.progress(done / len(corners), "averaging")
        restored[:, top : top + tall, left : left + wide] = block
    return restored


def _pairs(image: Tensor, radius: int, spread: float) -> list[_Pair]:
    """Return one of each two opposite shifts in a round window."""
    shifts = [(dy, dx) for dy in range(radius + 1) for dx in range(-radius, radius + 1) if (dy, dx) > (0, 0)]
    return [
        _Pair(dy, dx, image.new_tensor(-(dy * dy + dx * dx) / (2.0 * spread**2)))
        for dy, dx in shifts
        if dy * dy + dx * dx <= radius * radius
    ]


def _cut(
    image: Tensor, blur: float, radius: int, size: tuple[int, int], corner: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Return a block of the photo with `radius` pixels around it, and its guide."""
    border = radius + gaussian_reach(blur)
    lines = (
        mirror(length, border, border, image.device)[start : min(start + extent, length) + 2 * border]
        for length, start, extent in zip(image.shape[1:], corner, size, strict=True)
    )
    rows, columns = lines
    block = image.index_select(1, rows).index_select(2, columns)
    inner = border - radius
    guide = gaussian_blur(block, blur)
    return _crop(block, inner), _crop(guide, inner).clone()


def _crop(planes: Tensor, border: int) -> Tensor:
    return planes[:, border : planes.shape[1] - border, border : planes.shape[2] - border]


def _average(values: Tensor, guide: Tensor, pairs: list[_Pair], radius: int) -> Tensor:
    """Return the weighted means of a block (Tomasi 1998, eqs. 5 and 6), less `radius` pixels at all four sides."""
    total = _crop(values, radius).clone()  # a pixel weighs 1 for itself
    weight = torch.ones_like(total[0])
    height, width = weight.shape
    for pair in pairs:
        alike = _likeness(guide, pair, radius, height, width)
        ahead = alike[pair.down :, max(pair.across, 0) :][:, :width]
        behind = alike[:height, max(-pair.across, 0) :][:, :width]
        weight.add_(ahead).add_(behind)
        for plane, source in zip(total, values, strict=True):
            plane.addcmul_(ahead, _shifted(source, radius, pair.down, pair.across, height, width))
            plane.addcmul_(behind, _shifted(source, radius, -pair.down, -pair.across, height, width))
    return total.div_(weight)


def _likeness(guide: Tensor, pair: _Pair, radius: int, height: int, width: int) -> Tensor:
    """Return the weights of all pixels for those a shift further, where either of the two lies in the block."""
    rows = slice(radius - pair.down, radius + height)
    columns = slice(radius - max(pair.across, 0), radius + width + max(-pair.across, 0))
    here = guide[:, rows, columns]
    there = guide[:, radius : radius + height + pair.down, columns.start + pair.across : columns.stop + pair.across]
    exponent = pair.distance
    for own, other in zip(here, there, strict=True):
        difference = own - other
        exponent = torch.addcmul(exponent, difference, difference, value=-1.0)
    return exponent.exp_()


def _shifted(plane: Tensor, radius: int, down: int, across: int, height: int, width: int) -> Tensor:
    return plane[radius + down : radius + down + height, radius + across : radius + across + width]
