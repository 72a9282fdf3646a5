"""Colours of a fill from what its patches say of differences between neighbours: seams between patches vanish.

Two patches that fit side by side may still be lit a little differently. The average of their colours shows the step,
that of their differences does not: the fill that has these, and about those colours, has the least

    ω Σ (u - v)² + Σ (∇u - g)²

with what is known as its rim (Darabi et al. 2012, section 3.4; with ω = 0 Pérez, Gangnet, Blake 2003, eq. 3). It is
found by conjugate gradients, as what is to be added to the colours v.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

_ROUNDS = 300  # at most
_ENOUGH = 1e-3  # a quarter of an 8-bit level, over which the mean residual moves no colour


def differences(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return by how much the pixel on the right, and the one below, is brighter; 0 at the photo's end.

    The image and both are ``(C, H, W)`` float32.
    """
    return F.pad(image.diff(dim=2), (0, 1)), F.pad(image.diff(dim=1), (0, 0, 0, 1))


def screened(
    colours: Tensor, wanted: tuple[Tensor, Tensor], weights: Tensor, check: Callable[[], None]
) -> Tensor:
    """Return colours that have the wanted differences in a region, and lie near the given ones.

    Parameters
    ----------
    colours : Tensor
        ``(C, H, W)`` float32; outside the region they stay.
    wanted : tuple of Tensor
        ``(C, H, W)`` each, as `differences` gives them.
    weights : Tensor
        ``(H, W)`` float32, ω of colours against differences, at least for one pixel; 0 outside the region. Colours are
        made to meet over about ``1 / sqrt(ω)`` pixels.
    check : callable
        Called for every round; may raise to stop.

    Returns
    -------
    Tensor
        ``(C, H, W)`` float32.
    """
    rows, columns = (_around((weights > 0).any(1 - dim)) for dim in (0, 1))
    part, weight = colours[:, rows, columns], weights[rows, columns]
    across, down = (given[:, rows, columns] - own for given, own in zip(wanted, differences(part), strict=True))
    across[..., -1], down[:, -1] = 0.0, 0.0  # what lies beyond is no part of it
    excess = F.pad(across, (1, 0))[..., :-1] - across + F.pad(down, (0, 0, 1, 0))[:, :-1] - down
    made = colours.clone()
    made[:, rows, columns] += _solved(excess, weight, check)
    return made


def _around(line: Tensor) -> slice:
    """Return from where to where a line ``(n,)`` is true, and one place more on either side."""
    places = line.nonzero()
    return slice(max(int(places.min()) - 1, 0), int(places.max()) + 2)


def _solved(excess: Tensor, weight: Tensor, check: Callable[[], None]) -> Tensor:
    """Return the planes ``(C, h, w)``, 0 where ω is, of which ω minus the Laplacian is the excess elsewhere."""
    inside = (weight > 0).to(excess)
    diagonal = _neighbours(torch.ones_like(inside)[None]) + weight
    answer, residual = torch.zeros_like(excess), excess * inside
    direction, energy = residual, _energy(residual)
    enough = (_ENOUGH * float(weight[weight > 0].min())) ** 2 * float(inside.sum())
    for _ in range(_ROUNDS):
        check()
        if float(energy.max()) <= enough:
            break
        pushed = (diagonal * direction - _neighbours(direction)) * inside
        step = energy / (direction * pushed).sum((1, 2), keepdim=True).clamp(min=1e-30)
        answer, residual = answer + step * direction, residual - step * pushed
        before, energy = energy, _energy(residual)
        direction = residual + energy / before.clamp(min=1e-30) * direction
    return answer


def _energy(planes: Tensor) -> Tensor:
    return planes.square().sum((1, 2), keepdim=True)


def _neighbours(planes: Tensor) -> Tensor:
    """Return the sum of each pixel's four neighbours, of which there are fewer at the planes' rim."""
    padded = F.pad(planes, (1, 1, 1, 1))
    return padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
