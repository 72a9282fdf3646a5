"""A crop that is drawn on the photo: a box with handles, as the form's numbers and back. Without Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Size = tuple[int, int]
Point = tuple[float, float]

CROP, ROTATE = "enhance.crop", "enhance.rotate"
"""The tools whose parameters are drawn on the photo."""

INSIDE = "inside"
"""The handle that moves the whole box; the others are named after the sides that they move, as in ``"top left"``."""

_SIDES = ("left", "top", "right", "bottom")
_LEVEL = 45.0  # degrees: a steeper line is meant to be upright


@dataclass(frozen=True)
class CropBox:
    """What stays of a photo, in its pixels; whole numbers once a drag has ended."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


def box_of(params: Mapping[str, Any], size: Size) -> CropBox | None:
    """Return the box that a form's values mean on a photo of a width and height; None where they do not fit it."""
    share = (size[0] / 100.0, size[1] / 100.0) if params.get("unit") == "%" else (1.0, 1.0)
    left, top = round(float(params["left"]) * share[0]), round(float(params["top"]) * share[1])
    width, height = params.get("width"), params.get("height")
    right = size[0] if width is None else round((float(params["left"]) + float(width)) * share[0])
    bottom = size[1] if height is None else round((float(params["top"]) + float(height)) * share[1])
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]):
        return None
    return _of_ratio(CropBox(left, top, right, bottom), str(params.get("ratio", "free")))


def _of_ratio(box: CropBox, name: str) -> CropBox:
    """Return the largest box of a ratio in the middle of another, in whole pixels."""
    if name == "free":
        return box
    across, down = (int(part) for part in name.split(":"))
    ratio, width, height = across / down, box.width, box.height
    if height == round(width / ratio) or width == round(height * ratio):
        return box
    if width > height * ratio:
        width = max(round(height * ratio), 1)
    else:
        height = max(round(width / ratio), 1)
    left, top = box.left + (box.width - width) // 2, box.top + (box.height - height) // 2
    return CropBox(left, top, left + width, top + height)


def params_of(box: CropBox, size: Size, unit: str) -> dict[str, float | None]:
    """Return the numbers of a form, in pixels or percent, that mean a box on a photo of a width and height."""
    across, down = (100.0 / size[0], 100.0 / size[1]) if unit == "%" else (1.0, 1.0)
    digits = 4 if unit == "%" else 0
    return {
        "left": round(box.left * across, digits), "top": round(box.top * down, digits),
        "width": round(box.width * across, digits), "height": round(box.height * down, digits),
    }


def handle_at(box: CropBox, spot: Point, reach: float) -> str:
    """Return the handle that a point takes hold of, from ``reach`` pixels on; empty where there is none."""
    x, y = spot
    if not (box.left - reach <= x <= box.right + reach and box.top - reach <= y <= box.bottom + reach):
        return ""
    sides = [
        *(["top"] if abs(y - box.top) <= reach else ["bottom"] if abs(y - box.bottom) <= reach else []),
        *(["left"] if abs(x - box.left) <= reach else ["right"] if abs(x - box.right) <= reach else []),
    ]
    return " ".join(sides) or INSIDE


def dragged(box: CropBox, handle: str, start: Point, now: Point, size: Size, ratio: str) -> CropBox:
    """Return a box of which a handle was taken at a point and brought to another.

    Parameters
    ----------
    box : CropBox
        As it was when the handle was taken.
    handle : str
        As `handle_at` named it; an empty one draws a new box from start to now.
    start, now : tuple of float
        In the photo's pixels.
    size : tuple of int
        The photo's width and height, which hold it.
    ratio : str
        As in ``"3:2"``; ``"free"`` for any.
    """
    across, down = now[0] - start[0], now[1] - start[1]
    if handle == INSIDE:
        left = min(max(box.left + across, 0.0), size[0] - box.width)
        top = min(max(box.top + down, 0.0), size[1] - box.height)
        return CropBox(left, top, left + box.width, top + box.height)
    if not handle:
        sides = _free("bottom", "top", down, start[1], size[1]), _free("right", "left", across, start[0], size[0])
        box, handle = CropBox(*start, *start), " ".join(sides)
    moved = {side: getattr(box, side) + (across if side in ("left", "right") else down)
             for side in _SIDES if side in handle}
    box = _within(replace(box, **moved), handle, size)
    return box if ratio == "free" else _shaped(box, handle, size, ratio)


def _free(after: str, before: str, way: float, start: float, side: int) -> str:
    """Return the side of a new box that is drawn: where the drag goes, if there is a pixel of room."""
    return after if start < 1 or (way >= 0 and start <= side - 1) else before


def _within(box: CropBox, handle: str, size: Size) -> CropBox:
    """Keep a box on the photo and at least a pixel wide; only the sides that are held give way."""
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    right, bottom = min(box.right, float(size[0])), min(box.bottom, float(size[1]))
    left, right = (min(left, right - 1), right) if "left" in handle else (left, max(right, left + 1))
    top, bottom = (min(top, bottom - 1), bottom) if "top" in handle else (top, max(bottom, top + 1))
    return CropBox(max(left, 0.0), max(top, 0.0), min(right, float(size[0])), min(bottom, float(size[1])))


def _shaped(box: CropBox, handle: str, size: Size, ratio: str) -> CropBox:
    """Return a box of a ratio: a side that is held decides, the corner opposite to it stays."""
    across, down = (int(part) for part in ratio.split(":"))
    shape = across / down
    is_tall = "left" not in handle and "right" not in handle  # a lower or upper side is pulled: the width follows
    width = box.height * shape if is_tall else box.width
    if "top" in handle or "bottom" in handle:
        width = width if is_tall else max(box.width, box.height * shape)
    room_x = box.right if "left" in handle else size[0] - box.left
    room_y = box.bottom if "top" in handle else size[1] - box.top
    width = min(width, room_x, room_y * shape)
    height = width / shape
    left = box.right - width if "left" in handle else box.left
    top = box.bottom - height if "top" in handle else box.top
    return CropBox(left, top, left + width, top + height)


def rounded(box: CropBox, size: Size, ratio: str) -> CropBox:
    """Return a box in whole pixels, at least one; of a ratio it is then exactly what a crop of that ratio keeps."""
    left, top = min(math.floor(box.left + 0.5), size[0] - 1), min(math.floor(box.top + 0.5), size[1] - 1)
    right = min(max(math.floor(box.right + 0.5), left + 1), size[0])
    bottom = min(max(math.floor(box.bottom + 0.5), top + 1), size[1])
    return _of_ratio(CropBox(left, top, right, bottom), ratio)


def level_angle(start: Point, end: Point) -> float:
    """Return by how many degrees a photo is to be tilted so that a line drawn on it becomes level, or upright."""
    across, down = end[0] - start[0], end[1] - start[1]
    if across == 0 and down == 0:
        return 0.0
    slope = math.degrees(math.atan2(down, across))
    slope = (slope + 90.0) % 180.0 - 90.0  # which end was drawn first does not matter
    return round(-slope if abs(slope) <= _LEVEL else math.copysign(90.0, slope) - slope, 2)
