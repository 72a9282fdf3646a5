"""How a photo was coded as JPEG, read off its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.numerics.jpeg import LUMA, cosines, scaled

_MOST_BLOCKS = 1024
_ROUNDING = 1.0  # levels that a coefficient may be off its step, from pixels rounded to 8 bits
_SMALLEST_STEP = 4  # smaller steps are hidden by that rounding
_FEWEST = 64  # coefficients that must speak
_LEAST_SCORE = 0.25
_QUALITIES = range(2, 96)


@dataclass(frozen=True)
class Coding:
    """Quality (None: not found), and the first row and column of whole blocks."""

    quality: int | None
    top: int
    left: int


def find_coding(plane: Tensor, quality: int | None) -> Coding:
    """Return the quality of libjpeg's tables that best explains the coefficients of a photo's blocks.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)`` lightness in 8-bit levels.
    quality : int or None
        As the user knows it; then only the place of the blocks is looked for.
    """
    places = {(0, 0), (_seam(plane.T), _seam(plane))}
    tries = (quality,) if quality is not None else tuple(_QUALITIES)
    tables = torch.stack([scaled(LUMA, one) for one in tries]).to(plane)
    scores = {place: _scores(_sample(plane, *place), tables) for place in sorted(places)}
    (top, left), best = max(scores.items(), key=lambda item: float(item[1].max()))
    if quality is None and float(best.max()) > _LEAST_SCORE:
        quality = tries[int(best.argmax())]
    return Coding(quality, top, left)


def _seam(plane: Tensor) -> int:
    """Return the column, modulo 8, before which neighbours differ most beyond those on either side."""
    if plane.shape[1] < 24:
        return 0
    steps = (plane[:, 1:] - plane[:, :-1]).abs().mean(0)
    excess = steps[1:-1] - (steps[:-2] + steps[2:]) / 2.0  # at column 2 first
    return int(torch.stack([excess[(phase - 2) % 8 :: 8].mean() for phase in range(8)]).argmax())


def whole_blocks(plane: Tensor, top: int, left: int) -> Tensor:
    """Return a view of all whole blocks, ``(rows, columns, 8, 8)``."""
    return plane[top:, left:].unfold(0, 8, 8).unfold(1, 8, 8)


def _sample(plane: Tensor, top: int, left: int) -> Tensor:
    """Return the coefficients ``(n, 8, 8)`` of blocks from all over the photo."""
    if plane.shape[0] < top + 8 or plane.shape[1] < left + 8:
        return plane.new_zeros(0, 8, 8)
    blocks = whole_blocks(plane, top, left)
    total = blocks.shape[0] * blocks.shape[1]
    chosen = torch.arange(0, total, -(-total // _MOST_BLOCKS), device=plane.device)
    transform = cosines().to(plane)
    return transform @ (blocks[chosen // blocks.shape[1], chosen % blocks.shape[1]] - 128.0) @ transform.T


def _scores(spectra: Tensor, tables: Tensor) -> Tensor:
    """Return, for each table, how many more coefficients lie near multiples of its steps than would by chance.

    Zeros fit every table and do not count, nor do steps too small to be seen.
    """
    scores = []
    for steps in tables:
        multiples = (spectra / steps).round_()
        counts = (multiples != 0) & (steps >= _SMALLEST_STEP)
        near = (spectra - multiples * steps).abs() < _ROUNDING
        chance = (2.0 * _ROUNDING / steps).clamp(max=1.0)
        total = counts.sum().clamp(min=_FEWEST)
        scores.append(((near.to(steps) - chance) * counts).sum() / total)
    return torch.stack(scores)
