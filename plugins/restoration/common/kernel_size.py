"""How long a blur is, told from small copies of a photo: how large the kernel is that is to be looked for.

In a copy of half or a quarter of the size a kernel of the usual side holds a blur two or four times as long. Copies
have few edges, and may see a blur longer than it is: what they see is a candidate, beside the usual size.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.numerics.blind import busiest_window, coarse_to_fine, reduced
from plugins.restoration.common.few_edges import EDGE_PRICE, few_edges

USUAL_SIZE = 31
LARGEST_SIZE = 121
_PHOTO_PER_KERNEL = 3  # how many times larger than the kernel the photo has to be
_SCALES = (0.5, 0.25)  # of the copies
_WINDOW = 256  # pixels of a copy's side in which the blur is looked for
_SMALLEST_COPY = 96  # pixels of a side
_LONG = 0.8  # of the usual size: blurs up to there are left to it
_ROOM = 1.25  # of a kernel around its blur
_TAILS = 0.02  # of the light on either side, which do not count for a blur's length


def largest_side(height: int, width: int, wanted: int = LARGEST_SIZE) -> int:
    """Return the side of the kernel that a photo of this size allows: odd; below 3 none can be found in it."""
    return min(wanted, (min(height, width) // _PHOTO_PER_KERNEL - 1) | 1)


def candidate_sizes(plane: Tensor, check: Callable[[], None]) -> list[int]:
    """Return sides of kernels, odd, one of which suits the blur of a plane ``(H, W)``; the usual one is first.

    The check is called often, and may raise to stop.
    """
    height, width = plane.shape
    most = largest_side(height, width)
    sizes = [min(most, USUAL_SIZE)]
    for scale in _SCALES if most > USUAL_SIZE else ():
        if min(plane.shape) * scale < _SMALLEST_COPY:
            continue
        check()
        copy = reduced(plane[None], scale, 1)[0]
        window = copy[busiest_window(copy, _WINDOW)][None]
        side = min(USUAL_SIZE, int(most * scale) | 1)
        kernel = coarse_to_fine(window, side, few_edges(EDGE_PRICE, check), lambda _: None)[0]
        length = _length(kernel) / scale
        size = min(most, int(_ROOM * length) | 1)
        if length > _LONG * USUAL_SIZE and size > sizes[-1]:
            sizes.append(size)
    return sizes


def _length(kernel: Tensor) -> int:
    """Return the longer side of the rectangle that holds nearly all light of a kernel ``(k, k)``, in pixels."""
    spans = []
    for line in (kernel.sum(0), kernel.sum(1)):
        light = line.cumsum(0)
        spans.append(int(((light > _TAILS) & (light - line < 1.0 - _TAILS)).sum()))
    return max(spans)
