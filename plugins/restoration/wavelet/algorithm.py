"""Translation-invariant wavelet shrinkage: detail of every octave is thresholded, at every pixel.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ. The transform is not decimated, which is the
same as averaging the results of all shifts of the photo (Coifman and Donoho 1995). Only what filters see completely is
kept, so that a block of the photo shrinks on its way down the octaves and up again by exactly its margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import repeat
from math import log, sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.filters import box_mean
from desktop_app.numerics.opponent import from_opponent, to_opponent
from plugins.restoration.common.denoising import (
    Block,
    block_by_block,
    blocks_of,
    denoised,
    mirrored_lines,
    noise_of,
)
from plugins.restoration.wavelet.descriptor import WaveletParams, margin, window_radius

_BLOCK = 512  # pixels of a side worked on at a time on a CPU
_LEAST_POWER = 1e-20  # of a signal; makes thresholds of empty places huge, but finite
_SQRT3 = sqrt(3.0)
# Orthonormal low-pass filters (Daubechies 1992, tables 6.1 and 6.3)
_LOW_PASS = {
    "haar": (sqrt(0.5), sqrt(0.5)),
    "db2": tuple(tap / (4.0 * sqrt(2.0)) for tap in (1.0 + _SQRT3, 3.0 + _SQRT3, 3.0 - _SQRT3, 1.0 - _SQRT3)),
    "sym4": (
        -0.07576571478927333, -0.02963552764599851, 0.49761866763201545, 0.8037387518059161,
        0.29785779560527736, -0.09921954357684722, -0.012603967262037833, 0.0322231006040427,
    ),
}


@dataclass(frozen=True)
class _Shrinkage:
    """What is done to detail: filters halved in power, since every position is kept, and the noise to be removed."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    noise_std: float
    universal: float  # VisuShrink's threshold in σ
    params: WaveletParams


def prepare(images: Tensor, params: WaveletParams, run: Run) -> tuple[list[float], int]:
    """Return each photo's noise in 8-bit levels, and how many pixels there are, on which VisuShrink depends."""
    return noise_of(images, params, run), images.shape[-2] * images.shape[-1]


def run(images: Tensor, params: WaveletParams, run: Run) -> Result:
    """Denoise photos; colours are turned into lightness and two opponents first.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    """
    sigmas, pixels = run.prepared
    return denoised(images, params, sigmas, repeat(partial(_denoise, pixels=pixels, params=params, run=run)))


def _denoise(image: Tensor, sigma: float, pixels: int, params: WaveletParams, run: Run) -> Tensor:
    if params.strength == 0:
        return image.clone()
    low = tuple(tap * sqrt(0.5) for tap in _LOW_PASS[params.wavelet])
    high = tuple(tap * (-1) ** index for index, tap in enumerate(reversed(low)))
    shrinkage = _Shrinkage(low, high, sigma / 255.0, sqrt(2.0 * log(max(pixels, 2))), params)
    noisy = to_opponent(image)
    blocks = blocks_of(noisy, _BLOCK, _BLOCK, by_plane=True)
    work = partial(_denoise_block, noisy, shrinkage, run)
    return from_opponent(block_by_block(noisy, blocks, work, run, "shrinking detail"))


def _denoise_block(noisy: Tensor, shrinkage: _Shrinkage, run: Run, block: Block) -> Tensor:
    around = margin(shrinkage.params, 0)
    rows, columns = (mirrored_lines(noisy, block, axis, around) for axis in (1, 2))
    return _smooth(noisy[block[0]][0].index_select(0, rows).index_select(1, columns), 0, shrinkage, run)


def _smooth(plane: Tensor, level: int, shrinkage: _Shrinkage, run: Run) -> Tensor:
    """Return the plane without the noise of this octave and those below it, less its margin at all four sides."""
    run.check()
    params, low, high = shrinkage.params, shrinkage.low, shrinkage.high
    if level == params.levels:
        return _crop(plane, margin(params, level))
    step = 2**level
    upper, lower = _analyse(plane, low, step, 0), _analyse(plane, high, step, 0)
    coarse = _smooth(_analyse(upper, low, step, 1), level + 1, shrinkage, run)
    details = [
        _shrink(_analyse(half, taps, step, 1), level, shrinkage)
        for half, taps in ((upper, high), (lower, low), (lower, high))
    ]
    upper = _synthesise(coarse, low, step, 1).add_(_synthesise(details[0], high, step, 1))
    lower = _synthesise(details[1], low, step, 1).add_(_synthesise(details[2], high, step, 1))
    return _synthesise(upper, low, step, 0).add_(_synthesise(lower, high, step, 0))


def _shrink(detail: Tensor, level: int, shrinkage: _Shrinkage) -> Tensor:
    """Return the detail, thresholded, less the margin of the next level."""
    params, inner = shrinkage.params, margin(shrinkage.params, level + 1)
    variance = shrinkage.noise_std**2 / 4.0 ** (level + 1)  # each level's filters halve it along both axes
    kept = _crop(detail, inner)
    if params.rule == "visu":
        threshold = params.strength * shrinkage.universal * sqrt(variance)
        return torch.where(kept.abs() > threshold, kept, 0.0)  # all or nothing: soft thresholds this high blur
    radius = window_radius(params, level)
    power = _crop(box_mean(_crop(detail, inner - radius).square(), radius), radius)
    # BayesShrink's threshold σ² / σ_x (Chang 2000), with σ_x of the neighbourhood
    thresholds = power.sub_(variance).clamp_(min=_LEAST_POWER).rsqrt_().mul_(params.strength * variance)
    return kept - torch.clamp(kept, -thresholds, thresholds)


def _crop(plane: Tensor, border: int) -> Tensor:
    return plane[border : plane.shape[0] - border, border : plane.shape[1] - border]


def _analyse(plane: Tensor, taps: tuple[float, ...], step: int, dim: int) -> Tensor:
    """Return ``out[i] = Σ taps[k] · plane[i + k · step]`` wherever it is defined."""
    length = plane.shape[dim] - (len(taps) - 1) * step
    total = plane.narrow(dim, 0, length) * taps[0]
    for index in range(1, len(taps)):
        total.add_(plane.narrow(dim, index * step, length), alpha=taps[index])
    return total


def _synthesise(plane: Tensor, taps: tuple[float, ...], step: int, dim: int) -> Tensor:
    """Return the transpose of `_analyse`, wherever it is defined."""
    return _analyse(plane, tuple(reversed(taps)), step, dim)
