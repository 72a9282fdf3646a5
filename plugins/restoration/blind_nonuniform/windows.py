"""Windows of a photo in which its blur is looked for."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import torch
from torch import Tensor

from desktop_app.numerics.blind import busiest_window

_SMALLEST_WINDOW = 96
_KERNELS_PER_WINDOW = 6
_LARGEST_SHARE = 0.5  # of the photo's shorter side: in a larger window the blur is not the same everywhere
_MOST_WINDOWS = 4  # along a side
_OVERLAP = 0.45  # of a window's side, from one to the next


def estimation_windows(plane: Tensor, kernel: int, check: Callable[[], None]) -> tuple[Tensor, Tensor]:
    """Return windows ``(P, s, s)`` of a plane ``(H, W)`` with many edges, spread over all of it, and their centres.

    The centres ``(P, 2)`` are x and y in pixels from the plane's centre. The check is called for each of them.
    """
    height, width = plane.shape
    side = min(round(_LARGEST_SHARE * min(height, width)), max(_SMALLEST_WINDOW, _KERNELS_PER_WINDOW * kernel))
    cuts, centres = [], []
    for top, bottom in _cells(height, side):
        for left, right in _cells(width, side):
            check()
            rows, columns = busiest_window(plane[top:bottom, left:right], side)
            rows, columns = slice(top + rows.start, top + rows.stop), slice(left + columns.start, left + columns.stop)
            cuts.append(plane[rows, columns])
            centres.append([(columns.start + columns.stop - width) / 2.0, (rows.start + rows.stop - height) / 2.0])
    return torch.stack(cuts), torch.tensor(centres, device=plane.device)


def _cells(length: int, side: int) -> list[tuple[int, int]]:
    """Return overlapping parts of a line, each at least as long as a window."""
    count = max(1, min(_MOST_WINDOWS, round(length / (_OVERLAP * side))))
    extent = max(side, ceil(length / count))
    starts = [round(index * (length - extent) / max(count - 1, 1)) for index in range(count)]
    return [(start, start + extent) for start in starts]
