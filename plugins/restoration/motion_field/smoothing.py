"""From how likely each motion is in each cell to one field of motions: neighbours move alike, unless they do not.

What a cell's network says and what its spectrum's dents say is added; most of a photo moves as one movement has it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.motion_field.dents import dents
from plugins.restoration.motion_field.movement import likeliest_movement
from plugins.restoration.motion_field.network import candidates, doubled

__all__ = ["field_of", "smooth_field"]

_TRUST = 0.3  # weight of the dents' log-likelihoods: neighbouring windows overlap, and edges are no noise
_PULL, _ALONE = 0.1, 50.0  # weight of a square pixel of difference from the one movement, and the most of them
_STILL, _STILL_ALONE = 0.3, 80.0  # the same where the photo held still: texture there looks like motion here and there

_ROUNDS = 12
_MOST = 100.0  # square pixels, from which on a difference costs no more: another object begins there


def field_of(image: Tensor, logits: Tensor, sigma: float, smoothness: float, check: Callable[[], None]) -> Tensor:
    """Return the motions ``(rows, columns, 2)``, length in pixels and angle in radians, of a photo's cells.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1].
    logits : Tensor
        ``(M, rows, columns)``, what the network says of it.
    sigma : float
        Noise in 8-bit levels.
    smoothness : float
        As of `smooth_field`; 0 asks each cell alone, and for no movement of the whole.
    check : callable
        Called often; may raise to stop.
    """
    both = logits.log_softmax(0) + _TRUST * dents(image, sigma, check)
    return smooth_field(both, smoothness, likeliest_movement(both, check) if smoothness else None, check)


def smooth_field(
    logits: Tensor, smoothness: float, movement: Tensor | None = None, check: Callable[[], None] = lambda: None
) -> Tensor:
    """Return the motions ``(rows, columns, 2)``, length in pixels and angle in radians, of cells.

    Mean field of a Markov random field over the cells whose pairs cost the truncated square of their difference (Sun
    2015, arXiv:1503.00593, eq. 4, there by graph cuts): each cell weighs its motions by its own likelihood and by their
    distance from what its four neighbours are expected to do.

    Parameters
    ----------
    logits : Tensor
        ``(M, rows, columns)`` of `candidates`.
    smoothness : float
        Weight of a square pixel of difference between neighbours; 0 asks each cell alone.
    movement : Tensor, optional
        ``(rows, columns, 2)``, motions from which cells differ only where they are sure of it.
    check : callable
        Called in every round; may raise to stop.
    """
    motions = doubled(candidates().to(logits))  # (M, 2)
    own = logits.log_softmax(0)
    if movement is not None:
        pull, most = (_PULL, _ALONE) if bool(movement.any()) else (_STILL, _STILL_ALONE)
        own = own - pull * _apart(motions, doubled(movement).permute(2, 0, 1)).clamp_max(most)
    expected = torch.einsum("mrc,mv->vrc", own.softmax(0), motions)
    for _ in range(_ROUNDS if smoothness else 0):
        check()
        cost = sum(_apart(motions, around) for around in _neighbours(expected))
        expected = torch.einsum("mrc,mv->vrc", (own - smoothness * cost).softmax(0), motions)
    length = expected.norm(dim=0)
    angle = 0.5 * torch.atan2(expected[1], expected[0])
    return torch.stack([length, angle], dim=-1)


def _neighbours(field: Tensor) -> list[Tensor]:
    framed = F.pad(field[None], (1, 1, 1, 1), "replicate")[0]
    return [framed[:, :-2, 1:-1], framed[:, 2:, 1:-1], framed[:, 1:-1, :-2], framed[:, 1:-1, 2:]]


def _apart(motions: Tensor, field: Tensor) -> Tensor:
    """Return the truncated squared distance ``(M, rows, columns)`` of every motion from a field's."""
    return (motions[:, :, None, None] - field).square().sum(1).clamp_max(_MOST)
