"""Sets of classes that hold the right one as often as stated: APS (arXiv:2006.02544) and RAPS (arXiv:2009.14193).

Without their randomisation: a photo has one set whoever asks, never an empty one, and coverage is at least as stated,
more where the likeliest class alone is right more often. Photos are taken for exchangeable with those that set the
threshold: over other photos nothing is promised.
"""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

__all__ = ["fewest_for", "gathered", "regularisation", "threshold"]

_PENALTIES = (0.0, 0.001, 0.01, 0.1, 0.2, 0.5)  # as Angelopoulos 2021, appendix E, and none, which is APS
_HALVES = 20


def gathered(shares: Tensor, penalty: float = 0.0, free_rank: int = 1) -> Tensor:
    """Return how much likelier classes have gathered when each class enters, ``(N, K)`` float32; 0 for the likeliest.

    Parameters
    ----------
    shares : Tensor
        ``(N, K)`` probabilities, float32 in [0, 1].
    penalty : float
        λ of RAPS, for every class after the first `free_rank` ones, its k_reg; 0 is APS.
    """
    ordered, order = shares.sort(1, descending=True)
    ranks = torch.arange(1, shares.shape[1] + 1, device=shares.device)
    sums = ordered.cumsum(1) - ordered + penalty * (ranks - free_rank).clamp_min(0)
    return torch.zeros_like(sums).scatter(1, order, sums)


def regularisation(shares: Tensor, classes: Tensor, alpha: float) -> tuple[float, int]:
    """Return RAPS's penalty and free rank, λ and k_reg, by photos that the threshold is not set on.

    k_reg is the rank that the right class keeps in all but `alpha` of the photos, λ the one of a few with the smallest
    sets (Angelopoulos 2021, appendix E). The sets of each λ are those of one half of the photos by the threshold of the
    other, over several halves: of the photos that set k_reg themselves hardly any right class pays a penalty.

    Parameters
    ----------
    shares : Tensor
        ``(n, K)`` probabilities, float32 in [0, 1].
    classes : Tensor
        ``(n,)`` int64: the right ones.
    alpha : float
        In (0, 1).
    """
    count, own = len(classes), shares.gather(1, classes[:, None])
    ranks = (shares >= own).sum(1).sort().values
    free_rank = int(ranks[min(ceil((count + 1) * (1.0 - alpha) - 1e-9), count) - 1])
    needs = [gathered(shares, penalty, free_rank) for penalty in _PENALTIES]
    generator, sizes = torch.Generator().manual_seed(0), [0.0] * len(needs)
    for _ in range(_HALVES):
        first, second = torch.randperm(count, generator=generator).to(classes.device).tensor_split(2)
        for place, need in enumerate(needs):
            limit = threshold(need[first].gather(1, classes[first, None])[:, 0], alpha)
            sizes[place] += float((need[second] <= limit).sum())
    return _PENALTIES[sizes.index(min(sizes))], free_rank


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
