"""A mask that is painted: its pixels, and the smaller copies in which it is drawn. Without Qt."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from desktop_app.gui.viewmodel.regions import Joint, joined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Point = tuple[float, float]
_OPACITY = 0.6
_MOST_CHANGES = 100  # that can be undone
_SMALLEST = 256  # pixels, the longer side of the last copy


@dataclass(frozen=True)
class Brush:
    """What a stroke does: diameter in photo pixels, hardness from 0 (soft to the middle) to 1, painting or erasing."""

    size: float = 40.0
    hardness: float = 0.8
    erases: bool = False


class _Part(NamedTuple):
    """A rectangle of a mask as it was, packed."""

    rows: slice
    columns: slice
    values: bytes


@dataclass(frozen=True)
class ToneRange:
    """Tones from one to another, in 8-bit levels of brightness, and over how many levels beyond they fade out."""

    low: int
    high: int
    softness: int = 0


class PaintedMask:
    """A mask of a photo's size, 255 inside and 0 outside. What is done between `begin` and `end` is undone at once.

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
        self._undone: list[_Part] = []
        self._done: list[_Part] = []
        self._before: NDArray[np.uint8] | None = None

    @property
    def can_undo(self) -> bool:
        """Whether something was done to it."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return bool(self._undone)

    def begin(self) -> None:
        """Begin what is undone at once: a stroke, with all its moves."""
        self._before = self._levels[0].copy()

    def end(self) -> None:
        """End it."""
        before, self._before = self._before, None
        part = None if before is None else _changed_part(before, self._levels[0])
        if part is not None:
            self._done = [*self._done[1 - _MOST_CHANGES :], part]
            self._undone.clear()

    def undo(self) -> None:
        """Take the last change back, if there is one."""
        self._swap(self._done, self._undone)

    def redo(self) -> None:
        """Do again what was taken back last, if anything was."""
        self._swap(self._undone, self._done)

    def _swap(self, source: list[_Part], target: list[_Part]) -> None:
        if not source:
            return
        rows, columns, packed = source.pop()
        target.append(_packed(rows, columns, self._levels[0]))
        part = self._levels[0][rows, columns]
        part[...] = _unpacked(packed, part.shape)
        self._shrink(rows, columns)

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

    def take_in(self, values: NDArray[np.uint8], how: Joint = "add") -> None:
        """Join another mask ``(H, W)`` uint8 of the same size with what was inside at `begin`."""
        self.replace(joined(self._levels[0] if self._before is None else self._before, values, how))

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


def gradient(size: tuple[int, int], start: Point, end: Point) -> NDArray[np.uint8]:
    """Return a mask ``(H, W)`` uint8 that is full up to a point and fades to nothing towards another.

    Parameters
    ----------
    size : tuple of int
        Width and height in pixels.
    start, end : tuple of float
        Where it begins to fade, and where nothing is left.
    """
    import numpy as np

    across, down = end[0] - start[0], end[1] - start[1]
    length = max(across * across + down * down, 1.0)
    x = ((np.arange(size[0], dtype=np.float32) + 0.5 - start[0]) * across / length).clip(-64, 64)
    y = ((np.arange(size[1], dtype=np.float32) + 0.5 - start[1]) * down / length).clip(-64, 64)
    share = np.rint(255 * x).astype(np.int16)[None, :] + np.rint(255 * y).astype(np.int16)[:, None]
    mask: NDArray[np.uint8] = (255 - share.clip(0, 255)).astype(np.uint8)
    return mask


def of_tones(pixels: NDArray[np.uint8], tones: ToneRange) -> NDArray[np.uint8]:
    """Return a mask ``(H, W)`` uint8 of where a picture ``(H, W, C)`` uint8 has certain tones (ITU-R BT.601 luma)."""
    import numpy as np

    levels = np.arange(256)
    beyond = np.maximum(np.maximum(tones.low - levels, levels - tones.high), 0)
    table = np.rint(255 * (1.0 - beyond / (tones.softness + 1)).clip(0.0, 1.0)).astype(np.uint8)
    if pixels.shape[2] == 1:
        grey: NDArray[np.uint8] = table[pixels[..., 0]]
        return grey
    weights = np.array([77, 150, 29], np.uint16)
    luma = (pixels[..., 0] * weights[0] + pixels[..., 1] * weights[1] + pixels[..., 2] * weights[2]) >> 8
    mask: NDArray[np.uint8] = table[luma]
    return mask


def _changed_part(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> _Part | None:
    """Return the rectangle in which two masks differ, as it was; None where they do not."""
    import numpy as np

    differs = before != after
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    return _packed(slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1), before)


def _packed(rows: slice, columns: slice, values: NDArray[np.uint8]) -> _Part:
    return _Part(rows, columns, zlib.compress(values[rows, columns].tobytes(), 1))


def _unpacked(packed: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)


def tints(colour: int) -> tuple[int, ...]:
    """Return what each value of a mask is drawn as, ``0xAARRGGBB``, in a colour ``0xRRGGBB``."""
    return tuple(round(_OPACITY * value) << 24 | colour & 0xFFFFFF for value in range(256))


def as_mask(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a float picture ``(C, H, W)`` as a uint8 mask ``(H, W)``: white is inside."""
    import numpy as np

    mask: NDArray[np.uint8] = np.rint(np.clip(planes.mean(axis=0), 0.0, 1.0) * 255).astype(np.uint8)
    return mask
