"""A mask that is painted: its pixels, and the smaller copies in which it is drawn. Without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Point = tuple[float, float]
_OPACITY = 0.6
_SMALLEST = 256  # pixels, the longer side of the last copy


@dataclass(frozen=True)
class Brush:
    """What a stroke does: diameter in photo pixels, hardness from 0 (soft to the middle) to 1, painting or erasing."""

    size: float = 40.0
    hardness: float = 0.8
    erases: bool = False


class PaintedMask:
    """A mask of a photo's size, 255 inside and 0 outside.

    Parameters
    ----------
    width, height : int
        The photo's, in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        import numpy as np

        self.size = width, height
        self._levels = [np.zeros((height, width), np.uint8)]
        while max(self._levels[-1].shape) >= 2 * _SMALLEST:
            rows, columns = self._levels[-1].shape
            self._levels.append(np.zeros(((rows + 1) // 2, (columns + 1) // 2), np.uint8))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is inside."""
        return not self._levels[-1].any() and not self._levels[0].any()

    def values(self) -> NDArray[np.uint8]:
        """Return a copy of the mask, ``(H, W)`` uint8."""
        return self._levels[0].copy()

    def levels(self) -> tuple[NDArray[np.uint8], ...]:
        """Return the mask and its smaller copies, ``(H, W)`` uint8; pixels are shared, and change by strokes."""
        return tuple(self._levels)

    def stroke(self, start: Point, end: Point, brush: Brush) -> None:
        """Paint along a straight line between two points of the photo."""
        import numpy as np

        rows, columns = self._reach(start, end, brush.size / 2 + 1)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        y, x = np.ogrid[rows, columns]
        paint = np.rint(255 * _strength(_distance(x + 0.5, y + 0.5, start, end), brush)).astype(np.uint8)
        part = self._levels[0][rows, columns]
        part[...] = np.minimum(part, 255 - paint) if brush.erases else np.maximum(part, paint)
        self._shrink(rows, columns)

    def fill(self) -> None:
        """Take everything in."""
        for level in self._levels:
            level.fill(255)

    def clear(self) -> None:
        """Leave everything out."""
        for level in self._levels:
            level.fill(0)

    def invert(self) -> None:
        """Swap inside and outside."""
        import numpy as np

        for level in self._levels:
            np.bitwise_xor(level, 255, out=level)

    def replace(self, values: NDArray[np.uint8]) -> None:
        """Take the values of a mask ``(H, W)`` uint8 of the same size."""
        self._levels[0][...] = values
        self._shrink(slice(0, self.size[1]), slice(0, self.size[0]))

    def _reach(self, start: Point, end: Point, radius: float) -> tuple[slice, slice]:
        spans = []
        for one, other, limit in zip(start, end, self.size, strict=True):
            low, high = math.floor(min(one, other) - radius), math.ceil(max(one, other) + radius)
            spans.append(slice(max(low, 0), min(high, limit)))
        return spans[1], spans[0]

    def _shrink(self, rows: slice, columns: slice) -> None:
        """Make a part of every smaller copy anew from the one before."""
        import numpy as np

        for finer, coarser in zip(self._levels, self._levels[1:], strict=False):
            rows, columns = (slice(span.start // 2, (span.stop + 1) // 2) for span in (rows, columns))
            part = finer[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop]
            even = np.pad(part, [(0, side % 2) for side in part.shape], mode="edge").astype(np.uint16)
            total = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
            coarser[rows, columns] = (total + 2) // 4


def _distance(x: NDArray[Any], y: NDArray[Any], start: Point, end: Point) -> NDArray[Any]:
    """Return how far points are from a line between two others."""
    import numpy as np

    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down
    share = ((x - start[0]) * across + (y - start[1]) * down) / length if length else 0.0 * (x + y)
    share = np.clip(share, 0.0, 1.0)
    distance: NDArray[Any] = np.hypot(x - start[0] - share * across, y - start[1] - share * down)
    return distance


def _strength(distance: NDArray[Any], brush: Brush) -> NDArray[Any]:
    """Return how much a brush paints at a distance from its path: its rim is at least one pixel wide."""
    import numpy as np

    radius = brush.size / 2
    rim = max(radius * (1.0 - brush.hardness), 1.0)
    strength: NDArray[Any] = np.clip((radius + 0.5 - distance) / rim, 0.0, 1.0)
    return strength


def tints(colour: int) -> tuple[int, ...]:
    """Return what each value of a mask is drawn as, ``0xAARRGGBB``, in a colour ``0xRRGGBB``."""
    return tuple(round(_OPACITY * value) << 24 | colour & 0xFFFFFF for value in range(256))


def as_mask(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a float picture ``(C, H, W)`` as a uint8 mask ``(H, W)``: white is inside."""
    import numpy as np

    mask: NDArray[np.uint8] = np.rint(np.clip(planes.mean(axis=0), 0.0, 1.0) * 255).astype(np.uint8)
    return mask
