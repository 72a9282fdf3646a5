"""Filters over windows: means, extremes, Gaussians, and the guided filter.

Windows are cut off at the photo's border. Sums are built from sums of twice the length, never as differences of running
sums: every window adds its numbers in the same order wherever it lies, so tiles give what the whole photo gives.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, exp

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "Mean",
    "box_mean",
    "enlarged_rows",
    "gaussian_blur",
    "gaussian_reach",
    "guided_filter",
    "local_maximum",
    "local_minimum",
    "reduce",
]

Mean = Callable[[Tensor], Tensor]

_TRUNCATE = 4.0  # standard deviations, at which a Gaussian is cut off


def box_mean(images: Tensor, radius: int) -> Tensor:
    """Return the mean of every pixel's square window.

    Parameters
    ----------
    images : Tensor
        ``(..., H, W)`` floating point.
    radius : int
        In pixels; the window's side is ``2 · radius + 1``. 0 returns the photo itself.

    Examples
    --------
    >>> box_mean(torch.tensor([[0.0, 3.0, 6.0]]), 1).tolist()
    [[1.5, 3.0, 4.5]]
    """
    for dim in (-1, -2):
        images = _window_mean(images, radius, dim)
    return images


def _window_mean(images: Tensor, radius: int, dim: int) -> Tensor:
    length = images.shape[dim]
    radius = min(radius, length - 1)
    if radius == 0:
        return images
    place = torch.arange(length, device=images.device)
    count = (place + radius).clamp_(max=length - 1) - (place - radius).clamp_(min=0) + 1
    shares = (1.0 / count).to(images.dtype)
    sums = _window_sum(_pad(images, radius, dim, 0.0), 2 * radius + 1, length, dim)
    return sums.mul_(shares if dim == -1 else shares[:, None])


def _pad(images: Tensor, radius: int, dim: int, value: float) -> Tensor:
    return F.pad(images, (radius, radius) if dim == -1 else (0, 0, radius, radius), value=value)


def _window_sum(padded: Tensor, size: int, length: int, dim: int) -> Tensor:
    """Sum `size` neighbours: sums of 1, 2, 4, … are put together as the bits of `size` say."""
    total: Tensor | None = None
    start, step = 0, 1
    while True:
        if size & step:
            part = padded.narrow(dim, start, length)
            total = part.clone() if total is None else total.add_(part)
            start += step
        if 2 * step > size:
            assert total is not None  # the highest bit of a number is set
            return total
        reduced = padded.shape[dim] - step
        padded = padded.narrow(dim, 0, reduced) + padded.narrow(dim, step, reduced)
        step *= 2


def local_minimum(images: Tensor, radius: int) -> Tensor:
    """Return the smallest value of every square window of ``(N, C, H, W)`` floats; arguments as in `box_mean`."""
    for dim in (-1, -2):
        images = _window_minimum(images, radius, dim)
    return images


def local_maximum(images: Tensor, radius: int) -> Tensor:
    """Return the largest value of every square window of ``(N, C, H, W)`` floats; arguments as in `box_mean`."""
    return -local_minimum(-images, radius)


def _window_minimum(images: Tensor, radius: int, dim: int) -> Tensor:
    length = images.shape[dim]
    radius = min(radius, length - 1)
    if radius == 0:
        return images
    lowest, size, reached = _pad(images, radius, dim, float("inf")), 2 * radius + 1, 1
    while reached < size:
        step = min(reached, size - reached)
        left = lowest.shape[dim] - step
        lowest = torch.minimum(lowest.narrow(dim, 0, left), lowest.narrow(dim, step, left))
        reached += step
    return lowest


def gaussian_reach(sigma: float) -> int:
    """Return how many pixels away `gaussian_blur` looks."""
    return ceil(_TRUNCATE * sigma)


def gaussian_blur(images: Tensor, sigma: float) -> Tensor:
    """Return photos blurred by a Gaussian; the border pixel is repeated beyond the border.

    Parameters
    ----------
    images : Tensor
        ``(..., H, W)`` floating point.
    sigma : float
        Standard deviation in pixels; 0 returns the photo itself. The time grows with it: see `reduce` for wide ones.
    """
    if sigma <= 0:
        return images
    radius = gaussian_reach(sigma)
    weights = [exp(-0.5 * (k / sigma) ** 2) for k in range(radius + 1)]
    total = weights[0] + 2.0 * sum(weights[1:])
    for dim in (-1, -2):
        images = _symmetric(images, [weight / total for weight in weights], dim)
    return images


def _symmetric(images: Tensor, weights: list[float], dim: int) -> Tensor:
    """Filter along a dimension; `weights` begin in the middle."""
    length, radius = images.shape[dim], len(weights) - 1
    index = torch.arange(-radius, length + radius, device=images.device).clamp_(0, length - 1)
    padded = images.index_select(dim, index)
    total = padded.narrow(dim, radius, length) * weights[0]
    for k in range(1, radius + 1):
        total.add_(padded.narrow(dim, radius - k, length), alpha=weights[k])
        total.add_(padded.narrow(dim, radius + k, length), alpha=weights[k])
    return total


def reduce(images: Tensor, factor: int) -> Tensor:
    """Return float photos ``(N, C, H, W)`` made `factor` times smaller by averaging squares; the last may be cut."""
    if factor == 1:
        return images
    return F.avg_pool2d(images, factor, ceil_mode=True, count_include_pad=False)


def enlarged_rows(small: Tensor, factor: int, rows: range, width: int) -> Tensor:
    """Return some rows of what `reduce` made smaller at the old size again, linearly between its values.

    Parameters
    ----------
    small : Tensor
        ``(N, C, h, w)``.
    factor : int
        As given to `reduce`.
    rows : range
        Which rows, in pixels of the large photo; with a step, every so many.
    width : int
        Of the large photo.

    Returns
    -------
    Tensor
        ``(N, C, len(rows), width)``.
    """
    tall = _between(small, factor, rows, -2)
    return _between(tall, factor, range(width), -1)


def _between(values: Tensor, factor: int, places: range, dim: int) -> Tensor:
    place = torch.arange(places.start, places.stop, places.step, device=values.device, dtype=torch.float32)
    place = ((place + 0.5) / factor - 0.5).clamp_(0.0, values.shape[dim] - 1.0)
    low = place.floor()
    share = (place - low).to(values.dtype)
    first = low.long()
    second = (first + 1).clamp_(max=values.shape[dim] - 1)
    share = share if dim == -1 else share[:, None]
    return torch.lerp(values.index_select(dim, first), values.index_select(dim, second), share)


def _go_on() -> None:
    return


def guided_filter(
    guide: Tensor, target: Tensor, radius: int, eps: float, check: Callable[[], None] = _go_on
) -> Tensor:
    """Return a plane smoothed where the guide is smooth, with its edges where the guide has edges.

    Parameters
    ----------
    guide : Tensor
        ``(N, C, H, W)``, C 1 or 3.
    target : Tensor
        ``(N, 1, H, W)``.
    radius : int
        Of the window, in pixels. The result looks ``2 · radius`` pixels far.
    eps : float
        Variance of the guide below which a window counts as flat and is averaged.
    check : callable
        Called between operations; it raises if the user cancelled.

    Notes
    -----
    He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213: equations 5, 6, 8 for a grey guide, 14 to 16
    for a colour one.
    """
    def mean(planes: Tensor) -> Tensor:
        check()
        return box_mean(planes, radius)

    guide_mean, target_mean = mean(guide), mean(target)
    covariance = mean(guide * target).addcmul_(guide_mean, target_mean, value=-1.0)
    slope = _slope_in_colour if guide.shape[1] == 3 else _slope_in_grey
    slopes = slope(guide, guide_mean, covariance, mean, eps)  # eq. 5 and 14
    offset = target_mean - (slopes * guide_mean).sum(1, keepdim=True)  # eq. 6 and 15
    del guide_mean, covariance, target_mean
    return (mean(slopes) * guide).sum(1, keepdim=True).add_(mean(offset))  # eq. 8 and 16


def _slope_in_grey(guide: Tensor, guide_mean: Tensor, covariance: Tensor, mean: Mean, eps: float) -> Tensor:
    variance = mean(guide.square()).addcmul_(guide_mean, guide_mean, value=-1.0)
    return covariance / variance.clamp_(min=0.0).add_(eps)


def _slope_in_colour(guide: Tensor, guide_mean: Tensor, covariance: Tensor, mean: Mean, eps: float) -> Tensor:
    """Solve ``(Σ + eps U) a = covariance`` of every pixel by the adjugate of the symmetric 3×3 matrix."""

    def entry(i: int, j: int) -> Tensor:
        product = mean(guide[:, i] * guide[:, j]).addcmul_(guide_mean[:, i], guide_mean[:, j], value=-1.0)
        return product.clamp_(min=0.0).add_(eps) if i == j else product

    rr, rg, rb, gg, gb, bb = entry(0, 0), entry(0, 1), entry(0, 2), entry(1, 1), entry(1, 2), entry(2, 2)
    c0, c1, c2 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c3, c4, c5 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c0 + rg * c1 + rb * c2
    x, y, z = covariance.unbind(1)
    slopes = torch.stack([c0 * x + c1 * y + c2 * z, c1 * x + c3 * y + c4 * z, c2 * x + c4 * y + c5 * z], dim=1)
    return slopes.div_(determinant[:, None])
