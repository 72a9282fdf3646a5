"""Intervals around a restoration, of a width that was set on photos whose truth was known.

An interval is ``result ± λ·s``, with a scale s per pixel larger where a restoration errs more (`error_scale`). λ
is the least of a fixed ladder under which few enough true values are missed: on average over photos (conformal risk
control, Angelopoulos 2022, arXiv:2208.02814), or with a confidence (Bates 2021, arXiv:2101.02703; the bound by betting
of Waudby-Smith, Ramdas 2023, arXiv:2010.09686). Both speak of photos like those it was set on, and of no others.
"""

from __future__ import annotations

from math import ceil, log

import torch
from torch import Tensor

__all__ = ["LADDER", "LADDERS", "fewest_photos", "ladder", "lambda_in_confidence", "lambda_on_average", "loss_curve"]



def ladder(steps: int) -> Tensor:
    """Return the values that λ may have: ``(N,)`` float64 from 0.01 to 100, each the same share more than the last.

    A coarse one costs coverage beyond what was asked for: λ is rounded up to its next step.
    """
    return torch.logspace(-2.0, 2.0, steps, dtype=torch.float64)


LADDER = ladder(1601)
"""Of curves that are made now, half a percent apart; older ones have 401 steps, and are read as they are."""
LADDERS = (len(LADDER), 401)
"""The numbers of steps that a curve may have."""


def loss_curve(error: Tensor, scale: Tensor) -> Tensor:
    """Return the share of a photo's values that each step of the `LADDER` misses: ``(1601,)`` float32 in [0, 1].

    Parameters
    ----------
    error, scale : Tensor
        ``(H, W)`` float32: the absolute error of the channels' mean, and its scale.
    """
    needed = torch.searchsorted(LADDER, (error / scale).flatten().cpu().double())  # the step from which it is held
    missed = 1.0 - torch.bincount(needed, minlength=len(LADDER) + 1).cumsum(0)[: len(LADDER)] / error.numel()
    return missed.clamp(0.0, 1.0).float()


def lambda_on_average(curves: Tensor, alpha: float) -> float | None:
    """Return the least λ under which a further photo is expected to miss at most α; None if the ladder is too short.

    Angelopoulos 2022, eq. 4: ``n/(n+1) R(λ) + 1/(n+1) ≤ α``.

    Parameters
    ----------
    curves : Tensor
        ``(n, steps)`` float32 in [0, 1], of `loss_curve`.
    alpha : float
        In (0, 1).
    """
    count = len(curves)
    bound = (curves.double().sum(0) + 1.0) / (count + 1)
    return _least(bound <= alpha)


def lambda_in_confidence(curves: Tensor, alpha: float, delta: float) -> float | None:
    """Return the least λ that with confidence 1 - δ misses at most α on average; None if photos are too few.

    Bates 2021, section 2 and proposition 5: the smallest from which on every risk is below α by a test at level δ; the
    test bets on each photo's loss in turn, with a stake that the photos before it set.

    Parameters
    ----------
    curves : Tensor
        ``(n, steps)`` float32 in [0, 1], of `loss_curve`; n of `fewest_photos` at least.
    alpha, delta : float
        In (0, 1).
    """
    losses, count = curves.double(), len(curves)
    number = torch.arange(1, count + 1, dtype=torch.float64)[:, None]
    means = (0.5 + losses.cumsum(0)) / (1.0 + number)
    variances = (0.25 + (losses - means).square().cumsum(0)) / (1.0 + number)
    before = torch.cat([torch.full_like(variances[:1], 0.25), variances[:-1]])
    stakes = (2.0 * log(1.0 / delta) / (count * before)).sqrt().clamp(max=1.0)
    capital = (1.0 - stakes * (losses - alpha)).log().cumsum(0).amax(0)
    return _least(capital >= log(1.0 / delta))


def fewest_photos(alpha: float, delta: float | None = None) -> int:
    """Return how many photos a λ needs at least: on average, or with confidence 1 - δ, α and δ in (0, 1)."""
    if delta is None:
        return ceil(1.0 / alpha - 1e-9) - 1
    count = ceil(log(1.0 / delta) / log(1.0 + alpha))
    while lambda_in_confidence(torch.zeros(count, len(LADDER)), alpha, delta) is None:
        count += 1
    return count


def _least(holds: Tensor) -> float | None:
    """Return the first λ from which on all hold."""
    from_here = holds.flip(0).cumprod(0).flip(0).bool()
    return float(ladder(len(holds))[from_here][0]) if bool(from_here.any()) else None
