"""Round numbers along a scale, without Qt."""

from __future__ import annotations

import math
from itertools import pairwise


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` multiples of 1, 2 or 5 times a power of ten that lie within a range.

    Parameters
    ----------
    low, high : float
        The range; one tick at ``low`` where it is empty.
    most : int
        At least 2.
    """
    span = high - low
    if not span > abs(low) * 1e-9:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(factor * power for factor in (1, 2, 5, 10, 20, 50) if _count(low, high, factor * power) <= most)
    first = math.ceil(low / step - 1e-9)
    return [(first + number) * step for number in range(_count(low, high, step))]


def _count(low: float, high: float, step: float) -> int:
    return max(math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1, 0)


def tick_labels(ticks: list[float]) -> list[str]:
    """Return the ticks as short texts, all with as many decimals as tell them apart."""
    step = min((b - a for a, b in pairwise(ticks)), default=abs(ticks[0]) / 100 or 1.0)
    largest = max(abs(tick) for tick in ticks)
    if largest >= 1e6 or step < 1e-5:
        return [f"{tick:.3g}" for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick + 0.0:.{decimals}f}" for tick in ticks]
