"""Sets of classes that hold the right one as often as stated: APS (arXiv:2006.02544) and RAPS (arXiv:2009.14193).

Without their randomisation: a photo has one set whoever asks, never an empty one, and coverage is at least as stated,
more where the likeliest class alone is right more often. Photos are taken for exchangeable with those that set the
threshold: over other photos nothing is promised.
"""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

__all__ = ["FREE_RANK", "PENALTY", "fewest_for", "gathered", "threshold"]

PENALTY = 0.05
FREE_RANK = 1
"""Of RAPS: what each class after the first so many costs more."""


def gathered(shares: Tensor, penalty: float = 0.0, free_rank: int = FREE_RANK) -> Tensor:
    """Return how much likelier classes have gathered when each class enters, ``(N, K)`` float32; 0 for the likeliest.

    Parameters
    ----------
    shares : Tensor
        ``(N, K)`` probabilities, float32 in [0, 1].
    penalty : float
        For every class after the first `free_rank` ones; 0 is APS.
    """
    ordered, order = shares.sort(1, descending=True)
    ranks = torch.arange(1, shares.shape[1] + 1, device=shares.device)
    sums = ordered.cumsum(1) - ordered + penalty * (ranks - free_rank).clamp_min(0)
    return torch.zeros_like(sums).scatter(1, order, sums)


def threshold(own: Tensor, alpha: float) -> float:
    """Return what may be gathered, so that a new photo's right class is missed with probability alpha at most.

    Parameters
    ----------
    own : Tensor
        ``(n,)`` float32: what was gathered when the right class of each calibration photo entered.
    """
    place = ceil((len(own) + 1) * (1.0 - alpha))
    return float(own.sort().values[place - 1]) if place <= len(own) else float("inf")


def fewest_for(alpha: float) -> int:
    """Return the number of calibration photos below which only the set of all classes keeps the promise."""
    return ceil(1.0 / alpha - 1e-9) - 1
