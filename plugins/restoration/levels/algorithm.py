"""Levels: y = (n − a) / (b − a) of the file's numbers n; what lies beyond stays beyond.

Photos of which more is wanted, and data that are no photo's: heights, counts, cameras of 12 bits. Of those a document
makes this its first step when it is opened, and undoes it when the same kind of file is saved.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.levels import levelled
from plugins.restoration.levels.descriptor import LevelsParams

_TAIL = 0.001
_SAMPLE = 1 << 20  # values tell the quantiles as well as all


def prepare(images: Tensor, params: LevelsParams, run: Run) -> list[tuple[float, float]]:
    """Return each photo's black and white, in the file's numbers: as given, else found from its values."""
    run.check()
    return [_levels(image.detach(), params) for image in images]


def _levels(image: Tensor, params: LevelsParams) -> tuple[float, float]:
    if params.low is not None and params.high is not None:
        return params.low, params.high
    values = image.flatten()[:: max(1, image.numel() // _SAMPLE)].sort().values * params.full_scale
    last = len(values) - 1
    low, high = (float(values[round(last * share)]) for share in (_TAIL, 1.0 - _TAIL))
    if params.low is not None:  # where all values lie below it, they become -1 to 0
        return params.low, high if high > params.low else params.low + max(params.low - low, params.full_scale)
    if params.high is not None:
        return low if low < params.high else params.high - max(high - params.high, params.full_scale), params.high
    return low, high if high > low else low + params.full_scale


def run(images: Tensor, params: LevelsParams, run: Run) -> Result:
    """Put photos between black and white.

    Photos are ``(N, C, H, W)`` float32.
    """
    found: list[tuple[float, float]] = run.prepared
    made = [levelled(image, low, high, params.full_scale) for image, (low, high) in zip(images, found, strict=True)]
    return Result(image=torch.stack(made), reports=[{"low": low, "high": high} for low, high in found])
