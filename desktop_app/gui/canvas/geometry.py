"""Where the photo lies in the window: zoom, pan and fit as pure functions, without Qt.

Lengths of the window are *device* pixels, those of the photo *image* pixels; a zoom of 1 puts one image pixel on one
device pixel, whatever the screen's scaling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

HIGHEST_ZOOM = 64.0

Size = tuple[int, int]


class Rect(NamedTuple):
    """A rectangle; whole numbers where it counts pixels, fractions where it places them."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """First coordinate beyond the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """First coordinate beyond the lower edge."""
        return self.top + self.height

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in it."""
        return self.width <= 0 or self.height <= 0

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies inside (the right and lower edges do not belong to it)."""
        return self.left <= x < self.right and self.top <= y < self.bottom

    def intersect(self, other: Rect) -> Rect:
        """Return what both cover; of no size where they do not meet."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(left, top, max(right - left, 0), max(bottom - top, 0))

    def subtract(self, other: Rect) -> tuple[Rect, ...]:
        """Return the up to four rectangles that are left when ``other`` is cut out."""
        hole = self.intersect(other)
        if hole.is_empty:
            return (self,)
        strips = (
            Rect(self.left, self.top, self.width, hole.top - self.top),
            Rect(self.left, hole.bottom, self.width, self.bottom - hole.bottom),
            Rect(self.left, hole.top, hole.left - self.left, hole.height),
            Rect(hole.right, hole.top, self.right - hole.right, hole.height),
        )
        return tuple(strip for strip in strips if not strip.is_empty)


NOWHERE = Rect(0, 0, 0, 0)


@dataclass(frozen=True)
class ViewState:
    """Which part of the photo is seen, and how large.

    Parameters
    ----------
    zoom : float
        Device pixels per image pixel; 1 is 100%.
    centre_x, centre_y : float
        The image point in the middle of the pane, in image pixels.
    is_fit : bool
        Whether the view follows the window's size.
    """

    zoom: float = 1.0
    centre_x: float = 0.0
    centre_y: float = 0.0
    is_fit: bool = False

    @property
    def percent(self) -> float:
        """The zoom in percent."""
        return self.zoom * 100.0


def fit_zoom(image: Size, pane: Size) -> float:
    """Return the zoom at which the whole photo is seen: beyond 100% in whole steps, so that all pixels are alike."""
    zoom = min(pane[0] / image[0], pane[1] / image[1])
    return math.floor(zoom) if zoom >= 1 else max(zoom, 1e-6)


def fit(image: Size, pane: Size) -> ViewState:
    """Return the view that shows the whole photo in a pane."""
    return ViewState(fit_zoom(image, pane), image[0] / 2, image[1] / 2, is_fit=True)


def clamp_zoom(zoom: float, image: Size, pane: Size) -> float:
    """Keep a zoom between half of what fits (or of 100%) and 6400%."""
    fitting = fit_zoom(image, pane)
    return min(max(zoom, min(fitting, 1.0) / 2), max(HIGHEST_ZOOM, fitting))


def settle(view: ViewState, image: Size, pane: Size) -> ViewState:
    """Keep a view on the photo: in its middle while all of it is seen, else with the pane's centre on some pixel."""
    zoom = clamp_zoom(view.zoom, image, pane)
    if zoom <= fit_zoom(image, pane):
        return replace(view, zoom=zoom, centre_x=image[0] / 2, centre_y=image[1] / 2)
    x, y = min(max(view.centre_x, 0.0), image[0]), min(max(view.centre_y, 0.0), image[1])
    return replace(view, zoom=zoom, centre_x=x, centre_y=y)


def zoom_at(view: ViewState, zoom: float, at: tuple[float, float], image: Size, pane: Size) -> ViewState:
    """Zoom so that the image point under ``at``, device pixels from the pane's corner, stays where it is."""
    zoom = clamp_zoom(zoom, image, pane)
    step = 1.0 / view.zoom - 1.0 / zoom
    centre_x = view.centre_x + (at[0] - pane[0] / 2) * step
    centre_y = view.centre_y + (at[1] - pane[1] / 2) * step
    return settle(ViewState(zoom, centre_x, centre_y), image, pane)


def pan(view: ViewState, dx: float, dy: float, image: Size, pane: Size) -> ViewState:
    """Move the photo by device pixels, right and down."""
    moved = ViewState(view.zoom, view.centre_x - dx / view.zoom, view.centre_y - dy / view.zoom)
    return settle(moved, image, pane)


def resize(view: ViewState, image: Size, pane: Size) -> ViewState:
    """Return the view after the pane took another size: fitted again, or with the same point in the middle."""
    return fit(image, pane) if view.is_fit else settle(view, image, pane)


def carry_over(view: ViewState, old: Size, new: Size, pane: Size) -> ViewState:
    """Return the view of another photo: the same part of it if it is the same picture in another size, else all."""
    ratio = new[0] / old[0]
    if view.is_fit or abs(new[1] / old[1] / ratio - 1.0) > 0.01:
        return fit(new, pane)
    return settle(ViewState(view.zoom / ratio, view.centre_x * ratio, view.centre_y * ratio), new, pane)


def origin(view: ViewState, pane: Rect) -> tuple[int, int]:
    """Return where the photo's corner lies, in whole device pixels, so that pixels are never cut by a fraction."""
    left = pane.left + pane.width / 2 - view.centre_x * view.zoom
    top = pane.top + pane.height / 2 - view.centre_y * view.zoom
    return round(left), round(top)


def image_point(view: ViewState, pane: Rect, x: float, y: float) -> tuple[float, float]:
    """Return the image point that is drawn at a device pixel's coordinates."""
    left, top = origin(view, pane)
    return (x - left) / view.zoom, (y - top) / view.zoom


def device_point(view: ViewState, pane: Rect, x: float, y: float) -> tuple[float, float]:
    """Return where an image point is drawn, in device pixels: the inverse of `image_point`."""
    left, top = origin(view, pane)
    return left + x * view.zoom, top + y * view.zoom


def image_rect(view: ViewState, pane: Rect, image: Size) -> Rect:
    """Return where the photo lies, in device pixels."""
    left, top = origin(view, pane)
    return Rect(left, top, image[0] * view.zoom, image[1] * view.zoom)


def visible_region(view: ViewState, pane: Rect, image: Size) -> Rect:
    """Return the part of the photo that is seen, in whole image pixels."""
    left, top = image_point(view, pane, pane.left, pane.top)
    right, bottom = image_point(view, pane, pane.right, pane.bottom)
    x0, y0 = max(math.floor(left), 0), max(math.floor(top), 0)
    x1, y1 = min(math.ceil(right), image[0]), min(math.ceil(bottom), image[1])
    return Rect(x0, y0, max(x1 - x0, 0), max(y1 - y0, 0))
