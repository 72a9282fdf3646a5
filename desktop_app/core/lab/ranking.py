"""Whether a map of uncertainty is high where the error is, and beside which rulers: arrays alone.

Errors and maps are ``(H, W)`` float32. A useful map beats the trivial ruler; none can be asked for more than the
oracle, which knows the errors of a pixel's neighbours but not its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ause", "oracle", "rank_correlation", "trivial_ruler"]

Plane = NDArray[np.float32]
_RADIUS = 4  # a window of 9×9
_STEPS = 100


def rank_correlation(values: Plane, errors: Plane) -> float:
    """Return Spearman's rank correlation of a map ``(H, W)`` and absolute errors ``(H, W)``, float32, in [-1, 1].

    Ties share their mean rank; a map without any order has 0.
    """
    first, second = _ranks(values), _ranks(errors)
    spread = float(first.std() * second.std())
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread) if spread > 0.0 else 0.0


def ause(values: Plane, errors: Plane) -> float:
    """Return the area under the sparsification error: 0 for a map that orders pixels as their errors do.

    Ilg 2018 (arXiv:1802.07095, section 5.2): pixels are taken away in hundredths, the most uncertain first, and the
    mean error of the rest, over that of all, is compared with what removing the largest errors leaves. A map without
    any order has about 0.5 for normal errors. Takes ``(H, W)`` float32 of 0 or more each.
    """
    flat = errors.ravel().astype(np.float64)
    whole = flat.mean()
    if whole == 0.0:
        return 0.0
    ours, best = (_remaining(flat[np.argsort(key.ravel(), kind="stable")]) for key in (values, errors))
    return float((ours - best).mean() / whole)


def trivial_ruler(result: NDArray[np.float32]) -> Plane:
    """Return the standard deviation of a result ``(C, H, W)`` float32 over 9×9 pixels, ``(H, W)`` float32 ≥ 0."""
    plane = result.mean(0)
    deviation: Plane = np.sqrt(np.maximum(_box(plane * plane) - _box(plane) ** 2, 0.0))
    return deviation


def oracle(errors: Plane) -> Plane:
    """Return the mean absolute error ``(H, W)`` float32 of each pixel's 9×9 neighbourhood without the pixel itself."""
    count = (2 * _RADIUS + 1) ** 2
    around: Plane = ((_box(errors) * count - errors) / (count - 1)).astype(np.float32)
    return around


def _remaining(ascending: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean errors of what is left after removing 0, 1, … 99 hundredths from the end."""
    sums = np.cumsum(ascending)
    kept = np.maximum(np.round(len(ascending) * (1.0 - np.arange(_STEPS) / _STEPS)).astype(np.int64), 1)
    left: NDArray[np.float64] = sums[kept - 1] / kept
    return left


def _ranks(values: Plane) -> NDArray[np.float64]:
    _, places, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = ((ends - counts + ends - 1) / 2.0)[places]
    return ranks


def _box(plane: Plane) -> Plane:
    """Return means over 9×9 pixels, continued by reflection."""
    padded = np.pad(plane.astype(np.float64), _RADIUS, mode="symmetric")
    sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    size = 2 * _RADIUS + 1
    whole = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    means: Plane = (whole / size**2).astype(np.float32)
    return means
