"""How far several results of one photo lie apart, and how a map and a report say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result

__all__ = ["Spread", "levels_of", "own_deviation", "spread_map", "spread_of", "spread_report"]

Spread = tuple[Tensor, Tensor, int]
"""Mean and standard deviation ``(N, C, H, W)`` float32 of results, and their number."""


def spread_of(results: Iterable[Tensor]) -> Spread:
    """Return mean and standard deviation of two or more results ``(N, C, H, W)`` float32; one is held at a time.

    Welford 1962, doi:10.1080/00401706.1962.10490022, eqs. I and II; of n results the sum of squares is over n - 1.
    """
    mean = squares = torch.zeros(())
    count = 0
    for count, result in enumerate(results, 1):
        deviation = result - mean
        mean = mean + deviation / count
        squares = squares + deviation * (result - mean)
    return mean, (squares / (count - 1)).clamp_min(0.0).sqrt(), count


def levels_of(deviation: Tensor) -> Tensor:
    """Return the root of the channels' mean square of deviations ``(N, C, H, W)`` float32, ``(N, H, W)`` in levels."""
    return 255.0 * deviation.square().mean(dim=1).sqrt()


def own_deviation(result: Result) -> Tensor | None:
    """Return what a restoration says of its own error, ``(N, H, W)`` in 8-bit levels; None where it says nothing."""
    own = (layer.values for layer in result.maps if layer.kind == "uncertainty" and layer.unit == "levels")
    return next(own, None)


def spread_map(levels: Tensor, meaning: str, **standing: Any) -> Map:
    """Return the map of spreads ``(N, H, W)`` float32 in 8-bit levels, with its ``standing`` and ``checked``."""
    return Map(name="spread", values=levels, kind="uncertainty", unit="levels", meaning=meaning, **standing)


def spread_report(method: str, levels: Tensor, runs: int, caveat: str) -> Sequence[dict[str, Any]]:
    """Return a report for each photo of spreads ``(N, H, W)`` float32 in 8-bit levels; a spread aims at no coverage."""
    return [
        {"method": method, "target_coverage": None, "mean_std": level, "unit": "levels", "runs": runs,
         "caveats": [caveat]}
        for level in levels.flatten(1).mean(dim=1).tolist()
    ]  # fmt: skip
