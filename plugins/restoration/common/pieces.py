"""A network's pass over a whole photo in pieces: the same result, little memory, and a place to stop between two."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["in_pieces"]

_SIDE = 256  # pixels of a piece's own part


def in_pieces(
    network: Callable[[Tensor], Tensor], images: Tensor, reach: int, align: int, check: Callable[[], None]
) -> Tensor:
    """Return ``(N, K, H, W)`` of photos and whatever goes with them ``(N, C, H, W)`` float32.

    Parameters
    ----------
    network : callable
        From ``(N, C, h, w)`` to ``(N, K, h, w)``; its convolutions see zeros beyond the photo's borders.
    images : Tensor
        Of any size.
    reach : int
        How many pixels far the network looks; a multiple of `align`.
    align : int
        What the sides it is given are multiples of.
    check : callable
        Called before every piece; may raise to stop.
    """
    height, width = images.shape[-2:]
    padded = F.pad(images, (0, -width % align, 0, -height % align), "replicate")
    step = _SIDE // align * align
    rows = []
    for top in range(0, padded.shape[-2], step):
        row = []
        for left in range(0, padded.shape[-1], step):
            check()
            first, start = max(top - reach, 0), max(left - reach, 0)
            piece = network(padded[..., first : top + step + reach, start : left + step + reach])
            row.append(piece[..., top - first : top - first + step, left - start : left - start + step])
        rows.append(torch.cat(row, dim=-1))
    return torch.cat(rows, dim=-2)[..., :height, :width]
