"""How far a classifier's probabilities can be trusted: figures over many photos, of arrays alone.

Probabilities are ``(N, K)`` float64 in [0, 1], classes ``(N,)`` integers. ECE as Naeini 2015 and Guo 2017
(arXiv:1706.04599, eq. 3) define it; risk and coverage as Geifman, El-Yaniv 2017 (arXiv:1705.08500).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError

__all__ = [
    "BINS", "Reliability", "accuracy", "accuracy_interval", "auroc", "brier", "ece", "ece_interval", "nll",
    "reliability", "risk_coverage", "softmax",
]  # fmt: skip

BINS = 15
"""Of confidence, as Guo 2017."""

Bins = Literal["width", "mass"]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Interval = tuple[float, float]
_LEAST = np.finfo(np.float64).tiny  # of a probability under a logarithm
_RESAMPLES = 1000


def softmax(logits: NDArray[np.floating]) -> Floats:
    """Return probabilities ``(N, K)`` float64 in [0, 1] of logits ``(N, K)`` of any range.

    Raises
    ------
    ParameterError
        If a logit is NaN or infinite.
    """
    values = np.asarray(logits, np.float64)
    if not np.isfinite(values).all():
        raise ParameterError("expected finite logits, got NaN or infinity; the model is broken on these photos")
    powers = np.exp(values - values.max(1, keepdims=True))
    shares: Floats = powers / powers.sum(1, keepdims=True)
    return shares


def accuracy(probabilities: Floats, classes: Integers) -> float:
    """Return the share in [0, 1] of photos ``(N, K)`` whose likeliest class is right, ``(N,)``."""
    return float((probabilities.argmax(1) == classes).mean())


def nll(probabilities: Floats, classes: Integers) -> float:
    """Return the mean negative log-likelihood in nats, 0 or more, of classes ``(N,)`` under ``(N, K)`` in [0, 1]."""
    return float(-np.log(np.maximum(_own(probabilities, classes), _LEAST)).mean())


def brier(probabilities: Floats, classes: Integers) -> float:
    """Return the mean squared distance, in [0, 2], of ``(N, K)`` from certainty of classes ``(N,)`` (Brier 1950)."""
    squared = np.square(probabilities).sum(1) - 2.0 * _own(probabilities, classes) + 1.0
    return float(squared.mean())


@dataclass(frozen=True)
class Reliability:
    """What a reliability diagram shows: by bin, ``(B,)`` each; empty bins are left out.

    Parameters
    ----------
    confidence, accuracy : ndarray
        Means in [0, 1] over the bin's photos.
    count : ndarray
        How many they are.
    """

    confidence: Floats
    accuracy: Floats
    count: Integers

    @property
    def ece(self) -> float:
        """The expected calibration error in [0, 1]: the mean gap, weighted by count."""
        return float((np.abs(self.confidence - self.accuracy) * self.count).sum() / self.count.sum())


def reliability(probabilities: Floats, classes: Integers, bins: int = BINS, by: Bins = "width") -> Reliability:
    """Return confidence and accuracy by bins of confidence.

    Parameters
    ----------
    probabilities : ndarray
        ``(N, K)`` float64 in [0, 1].
    classes : ndarray
        ``(N,)`` integers.
    bins : int
        How many.
    by : {"width", "mass"}
        Bins of equal width over [0, 1], or of equally many photos.
    """
    return _binned(probabilities.max(1), probabilities.argmax(1) == classes, bins, by)


def ece(probabilities: Floats, classes: Integers, bins: int = BINS, by: Bins = "width") -> float:
    """Return the expected calibration error in [0, 1] of ``(N, K)`` float64 and ``(N,)`` (see `reliability`)."""
    return reliability(probabilities, classes, bins, by).ece


def accuracy_interval(probabilities: Floats, classes: Integers, seed: int = 0) -> Interval:
    """Return the ends between which 95% of the accuracy's bootstrap values lie, of ``(N, K)`` and ``(N,)``.

    Efron 1979, the percentile method: N photos are drawn with repetition, a thousand times, of which as many are right
    as a binomial draw says.
    """
    drawn = np.random.default_rng(seed).binomial(len(classes), accuracy(probabilities, classes), _RESAMPLES)
    return _middle(drawn / len(classes))


def ece_interval(probabilities: Floats, classes: Integers, seed: int = 0, by: Bins = "width") -> Interval:
    """Return the ends between which 95% of the ECE's bootstrap values lie (see `accuracy_interval`).

    Of ``(N, K)`` float64 in [0, 1] and ``(N,)``; bins of equally many photos stay where all photos put them.
    """
    confidence, is_right = probabilities.max(1), probabilities.argmax(1) == classes
    places, gaps = _places(confidence, BINS, by), confidence - is_right
    rng, count = np.random.default_rng(seed), len(classes)
    values = np.empty(_RESAMPLES)
    for index in range(_RESAMPLES):
        drawn = rng.integers(count, size=count)
        values[index] = np.abs(np.bincount(places[drawn], gaps[drawn], minlength=BINS)).sum() / count
    return _middle(values)


def _middle(values: Floats) -> Interval:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def risk_coverage(confidence: Floats, is_right: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return shares of photos answered and of those answered wrongly, ``(N,)`` float64 in [0, 1] each.

    Photos are answered in the order of their confidence ``(N,)``, the surest first; `is_right` is ``(N,)``. The mean of
    the second is the area under the curve.
    """
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return answered / len(order), np.cumsum(~is_right[order]) / answered


def auroc(known: Floats, unknown: Floats) -> float:
    """Return how often, in [0, 1], an unknown photo has the higher score; ties count half (Mann, Whitney 1947).

    Parameters
    ----------
    known, unknown : ndarray
        ``(N,)`` and ``(M,)`` float64 of any range: scores that are to be higher for the unknown.
    """
    values, ranks = np.unique(np.concatenate([known, unknown]), return_inverse=True)
    at = np.bincount(ranks[: len(known)], minlength=len(values)).astype(np.float64)
    below = np.cumsum(at) - at
    wins = below[ranks[len(known) :]] + 0.5 * at[ranks[len(known) :]]
    return float(wins.mean() / len(known))


def _own(probabilities: Floats, classes: Integers) -> Floats:
    own: Floats = probabilities[np.arange(len(classes)), classes]
    return own


def _binned(confidence: Floats, is_right: NDArray[np.bool_], bins: int, by: Bins) -> Reliability:
    places = _places(confidence, bins, by)
    count = np.bincount(places, minlength=bins)
    full = count > 0
    sums = [np.bincount(places, values, minlength=bins)[full] / count[full] for values in (confidence, is_right)]
    return Reliability(sums[0], sums[1], count[full])


def _places(confidence: Floats, bins: int, by: Bins) -> Integers:
    """Return the bin of each photo."""
    if by == "width":  # (i/B, (i+1)/B], as Guo 2017
        return np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    places = np.empty(len(confidence), np.int64)
    places[np.argsort(confidence, kind="stable")] = np.arange(len(confidence)) * bins // len(confidence)
    return places
