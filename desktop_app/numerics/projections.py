"""The nearest change within a budget: projections onto balls around nothing, sample by sample, and onto [0, 1].

What a photo is changed by is ``(N, C, H, W)``; a norm is taken over all values of a sample. Attacks, and the host that
judges them, move pictures with the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor

__all__ = [
    "Norm", "Radius", "distances_of", "lengths", "onto_ball", "onto_l0", "onto_l1", "onto_l2", "onto_linf", "within",
]  # fmt: skip

Norm = Literal["linf", "l2", "l1", "l0"]
"""The largest change of any value; the root of the sum of squares; the sum of changes; how many pixels change."""

Radius = float | Tensor
"""One for all samples, or each its own, ``(N, 1, 1, 1)``."""

_ORDERS: Mapping[Norm, float] = {"linf": torch.inf, "l2": 2.0, "l1": 1.0}
_TINY = 1e-12  # keeps the direction of nothing finite


def lengths(batch: Tensor) -> Tensor:
    """Return each sample's L2 norm, ``(N, 1, 1, 1)``, of float32 ``(N, C, H, W)``."""
    length: Tensor = torch.linalg.vector_norm(batch, dim=(1, 2, 3), keepdim=True)
    return length


def onto_linf(delta: Tensor, radius: Radius) -> Tensor:
    """Return the nearest float ``(N, C, H, W)`` with no value beyond ±radius."""
    bound = torch.as_tensor(radius, dtype=delta.dtype, device=delta.device)
    return delta.clamp(-bound, bound)


def onto_l2(delta: Tensor, radius: Radius, length: Tensor | None = None) -> Tensor:
    """Return the nearest ``(N, C, H, W)`` of an L2 norm of at most `radius`: shortened, in the same direction.

    Parameters
    ----------
    delta : Tensor
        ``(N, C, H, W)`` float32.
    radius : float or Tensor
        In the same units, at least 0.
    length : Tensor, optional
        Each sample's norm, ``(N, 1, 1, 1)``, where it is known more exactly than float32 says.
    """
    length = lengths(delta) if length is None else length
    return delta * (radius / length.clamp_min(_TINY)).clamp_max(1.0).to(delta)


def onto_l1(delta: Tensor, radius: Radius) -> Tensor:
    """Return the nearest float ``(N, C, H, W)`` whose absolute values add up to at most `radius`.

    All are drawn towards 0 by one threshold: Duchi et al. 2008, doi:10.1145/1390156.1390191, figure 1. The radius is in
    the units of the float32 values, at least 0.

    Examples
    --------
    >>> onto_l1(torch.tensor([[[[3.0, -1.0, 0.5]]]]), 3.0)
    tensor([[[[2.5000, -0.5000, 0.0000]]]])
    """
    sizes = delta.abs().flatten(1)
    largest = sizes.sort(dim=1, descending=True).values
    excess = largest.cumsum(1) - _column(radius)
    counts = torch.arange(1, sizes.shape[1] + 1, device=delta.device)
    kept = (largest * counts > excess).sum(1, keepdim=True).clamp_min(1)
    threshold = (excess.gather(1, kept - 1) / kept).clamp_min(0.0)  # below 0 where the sample is inside as it is
    return (sizes - threshold).clamp_min(0.0).view_as(delta).copysign(delta)


def onto_l0(delta: Tensor, radius: Radius) -> Tensor:
    """Return the nearest float ``(N, C, H, W)`` that is other than 0 in at most so many pixels, in any channel.

    Those stay that change most; of some that change alike, the first.
    """
    sizes = delta.square().sum(1).flatten(1)
    places = sizes.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    kept = (places + 1 <= _column(radius)).to(delta)
    return delta * kept.view(len(delta), 1, *delta.shape[2:])


def _column(radius: Radius) -> Radius:
    return radius.view(-1, 1) if isinstance(radius, Tensor) else radius


_ONTO: Mapping[Norm, Callable[[Tensor, Radius], Tensor]] = {
    "linf": onto_linf, "l2": onto_l2, "l1": onto_l1, "l0": onto_l0,
}  # fmt: skip


def onto_ball(delta: Tensor, norm: Norm, radius: Radius) -> Tensor:
    """Return the nearest float ``(N, C, H, W)`` whose norm is at most `radius`: in values, for L0 in pixels."""
    return _ONTO[norm](delta, radius)


def within(images: Tensor, clean: Tensor, norm: Norm, radius: Radius) -> Tensor:
    """Return pictures in [0, 1] within a budget around others: projected onto the ball, then clipped.

    Clipping towards a picture in [0, 1] changes each value less, and so stays inside the ball. For L∞ the result is the
    nearest such picture.

    Parameters
    ----------
    images, clean : Tensor
        ``(N, C, H, W)`` float32; the clean ones in [0, 1].
    norm : Norm
        Of the difference.
    radius : float or Tensor
        The budget, in values; for L0 in pixels.
    """
    return (clean + onto_ball(images - clean, norm, radius)).clamp(0.0, 1.0)


def distances_of(delta: Tensor, norm: Norm) -> Tensor:
    """Return each sample's norm ``(N,)`` of changes ``(N, C, H, W)`` float32, in values."""
    far: Tensor = torch.linalg.vector_norm(delta.flatten(1), _ORDERS[norm], dim=1)
    return far
