"""Random fields, drawn on the CPU from a generator of one's own: counts of photons, and clouds.

The same generator gives the same field on every device.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["plasma", "poisson", "uniform"]

_STRIP = 1 << 18  # counts drawn between two looks at whether to stop
_FINEST_CLOUD = 1024  # side of the largest cloud that is drawn; finer detail cannot be seen in one


def poisson(mean: Tensor, generator: torch.Generator, check: Callable[[], None]) -> Tensor:
    """Return Poisson-distributed counts.

    Parameters
    ----------
    mean : Tensor
        Floating point of any shape and device; negative means count as 0.
    generator : torch.Generator
        On the CPU.
    check : callable
        Called often; may raise to stop.
    """
    rates = mean.detach().clamp(min=0.0).cpu().contiguous()
    flat = rates.view(-1)
    for start in range(0, flat.numel(), _STRIP):
        check()
        part = flat[start : start + _STRIP]
        part.copy_(torch.poisson(part, generator))
    return rates.to(mean.device)


def uniform(shape: tuple[int, ...], generator: torch.Generator, low: float, high: float) -> Tensor:
    """Return a CPU float32 tensor of this shape of uniform numbers from `low` to `high`."""
    return torch.rand(shape, generator=generator).mul_(high - low).add_(low)


def plasma(height: int, width: int, generator: torch.Generator, *, decay: float) -> Tensor:
    """Return a cloud ``(1, 1, H, W)`` on the CPU, from 0 to 1, by midpoint displacement.

    Parameters
    ----------
    height, width : int
        In pixels; above 1024 the cloud is drawn at that size and enlarged.
    generator : torch.Generator
        On the CPU.
    decay : float
        By how much less each finer octave is moved, above 1; more is softer.

    References
    ----------
    Fournier, Fussell, Carpenter 1982, Computer rendering of stochastic models, doi:10.1145/358523.358553
    """
    longest = max(height, width, 2)
    side = min(1 << (longest - 1).bit_length(), _FINEST_CLOUD)
    cloud = torch.zeros(1, 1)
    swing = 1.0
    while len(cloud) < side:
        cloud = _refined(cloud, swing, generator)
        swing /= decay
    cloud = cloud - cloud.min()
    cloud = cloud / cloud.max().clamp(min=1e-12)
    return _cut(cloud, height, width, longest)


def _refined(coarse: Tensor, swing: float, generator: torch.Generator) -> Tensor:
    """Return a cloud of twice the side: centres of squares first, then of the diamonds between; it wraps round."""

    def moved(total: Tensor) -> Tensor:
        return total / 4.0 + uniform(tuple(total.shape), generator, -swing, swing)

    below, right = coarse.roll(-1, 0), coarse.roll(-1, 1)
    centres = moved(coarse + below + right + below.roll(-1, 1))
    across = moved(coarse + right + centres + centres.roll(1, 0))
    down = moved(coarse + below + centres + centres.roll(1, 1))
    fine = coarse.new_empty(2 * len(coarse), 2 * len(coarse))
    fine[0::2, 0::2], fine[1::2, 1::2], fine[0::2, 1::2], fine[1::2, 0::2] = coarse, centres, across, down
    return fine


def _cut(cloud: Tensor, height: int, width: int, longest: int) -> Tensor:
    if longest <= len(cloud):
        return cloud[None, None, :height, :width].clone()
    rows, columns = (max(1, round(size * len(cloud) / longest)) for size in (height, width))
    small = cloud[None, None, :rows, :columns]
    return torch.nn.functional.interpolate(small, (height, width), mode="bilinear", align_corners=False)
