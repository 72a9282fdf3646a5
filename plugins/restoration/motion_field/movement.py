"""One movement for a whole photo, under which the motions of all its cells are likeliest together.

A camera that shifts, rolls or zooms moves every place by a vector that changes linearly over the photo. One cell seldom
tells its motion; hundreds of them tell six numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, pi, sqrt

import torch
from torch import Tensor

from plugins.restoration.motion_field.network import ANGLES, LENGTHS, candidates

__all__ = ["likeliest_movement"]

_CELLS = 1024  # that are asked, spread over the photo
_LEAST = -12.0  # nats: a place that moves alone counts for no more than that
_STARTS = 10  # shifts to begin with, each as it is and with `_SLOPES`
_SLOPES = ((0.0, 0.0), (4.0, 0.0), (-4.0, 0.0), (0.0, 4.0), (0.0, -4.0))  # roll and zoom, pixels at the photo's edge
_FIRST, _LAST = 4.0, 0.1  # pixels, of the search's steps
_KEPT = 6  # of the starts, after the first steps
_EVIDENCE = 2.5  # nats a cell by which a movement has to be likelier than none: in sharp photos some win by two


def likeliest_movement(logits: Tensor, check: Callable[[], None]) -> Tensor:
    """Return the motions ``(rows, columns, 2)``, length in pixels and angle in radians, of one movement; or none.

    Parameters
    ----------
    logits : Tensor
        ``(M, rows, columns)`` of `candidates`.
    check : callable
        Called in every step; may raise to stop.
    """
    rows, columns = logits.shape[1:]
    step = ceil(sqrt(rows * columns / _CELLS))
    asked, places = _by_motion(logits[:, ::step, ::step]), _places(rows, columns).to(logits)
    some = places[::step, ::step].flatten(0, 1)
    movements = _starts(asked).to(logits)
    values = _likelihoods(asked, some, movements)
    size = _FIRST
    while size > _LAST:
        check()
        before = values
        movements, values = _stepped(asked, some, movements, values, size)
        if not bool((values > before).any()):
            size /= 2.0
            best = values.topk(min(_KEPT, len(values))).indices
            movements, values = movements[best], values[best]
    if float(values.max() - asked[:, 0, 0].mean()) < _EVIDENCE:
        return logits.new_zeros(rows, columns, 2)
    right, down = torch.einsum("rcb,bv->vrc", places, movements[values.argmax()])
    return torch.stack([torch.hypot(right, down), torch.atan2(-down, right)], dim=-1)


def _stepped(
    asked: Tensor, places: Tensor, movements: Tensor, values: Tensor, size: float
) -> tuple[Tensor, Tensor]:
    """Return each movement, or what one of its six numbers changed makes likelier."""
    steps = torch.cat([torch.zeros(1, 6), torch.eye(6), -torch.eye(6)]).to(movements) * size
    tried = movements[:, None] + steps.view(1, -1, 3, 2)
    found = _likelihoods(asked, places, tried[:, 1:].flatten(0, 1)).view(len(movements), -1)
    all_values = torch.cat([values[:, None], found], dim=1)
    best = all_values.argmax(1)
    number = torch.arange(len(movements), device=best.device)
    return tried[number, best], all_values[number, best]


def _places(rows: int, columns: int) -> Tensor:
    """Return ``(rows, columns, 3)``: one, and where a cell lies, across and down, from -1 to 1."""
    down, across = torch.meshgrid(torch.linspace(-1.0, 1.0, rows), torch.linspace(-1.0, 1.0, columns), indexing="ij")
    return torch.stack([torch.ones_like(across), across, down], dim=-1)


def _by_motion(logits: Tensor) -> Tensor:
    """Return log-likelihoods ``(cells, 1 + lengths, angles)``; no motion has every angle, and length one."""
    own = logits.flatten(1).log_softmax(0).clamp_min(_LEAST).T
    moved = own[:, 1:].view(len(own), len(LENGTHS), ANGLES)
    return torch.cat([own[:, :1, None].expand(-1, 1, ANGLES), moved], dim=1)


def _starts(asked: Tensor) -> Tensor:
    """Return movements ``(n, 3, 2)``: the vector in the middle, and its changes across and down."""
    total = asked.sum(0)
    shifts = torch.cat([total[0, :1], total[1:].flatten()]).topk(_STARTS).indices.cpu()
    length, angle = candidates()[shifts].unbind(1)
    middle = torch.stack([length * angle.cos(), -length * angle.sin()], dim=1)
    slopes = torch.tensor([[[zoom, roll], [-roll, zoom]] for roll, zoom in _SLOPES])
    count = len(slopes)
    return torch.cat([middle.repeat_interleave(count, 0)[:, None], slopes.repeat(_STARTS, 1, 1)], dim=1)


def _likelihoods(asked: Tensor, places: Tensor, movements: Tensor) -> Tensor:
    """Return the mean log-likelihood ``(n,)`` of movements ``(n, 3, 2)`` over cells, between motions bilinearly."""
    right, down = torch.einsum("pb,nbv->vnp", places, movements)
    row = ((torch.hypot(right, down) - 1.0) / 2.0).clamp(0.0, asked.shape[1] - 1.001)
    column = (torch.atan2(-down, right) * (ANGLES / pi)) % ANGLES
    low, left = row.floor().long(), column.floor().long() % ANGLES
    below, beside = row - low, column - column.floor()
    cell, next_left = torch.arange(len(asked), device=asked.device).expand_as(low), (left + 1) % ANGLES
    upper = torch.lerp(asked[cell, low, left], asked[cell, low, next_left], beside)
    lower = torch.lerp(asked[cell, low + 1, left], asked[cell, low + 1, next_left], beside)
    return torch.lerp(upper, lower, below).mean(1)
