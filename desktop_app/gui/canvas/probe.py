"""What stands in one pixel: before, after (or in the preview of it), their difference, and the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import MapLayer
    from desktop_app.gui.canvas.scene import PreviewPatch

_ALIKE = 0.01  # shapes that differ less are the same picture in another size, rounded


@dataclass(frozen=True)
class ProbeReading:
    """One pixel's numbers.

    Parameters
    ----------
    x, y : int
        The pixel, counted from the photo's upper left corner.
    before, after, difference : tuple of float
        Grey, or red, green and blue, in 8-bit levels (255 is full scale), not rounded; empty where there is none.
        The difference is after minus before.
    map_value : float, optional
        In ``map_unit``; None where there is no map or it has no value here.
    map_unit : str
        The map's unit.
    is_preview : bool
        Whether ``after`` is what a preview shows here.
    bounds : tuple of float, optional
        Between which levels the truth lies, the mean of the channels.
    share : float, optional
        Of the true values that lie within such bounds.
    """

    x: int
    y: int
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    difference: tuple[float, ...] = ()
    map_value: float | None = None
    map_unit: str = ""
    is_preview: bool = False
    bounds: tuple[float, float] | None = None
    share: float | None = None

    def text(self) -> str:
        """Return the status bar's line, such as ``"x 812 y 344 · before 92 88 71 · after 95 90 70 · map 3.1"``."""
        parts = [f"x {self.x} y {self.y}"]
        pairs = (("before", self.before), ("preview" if self.is_preview else "after", self.after))
        parts += [f"{name} {_levels(values)}" for name, values in pairs if values]
        if self.difference:
            parts.append(f"difference {' '.join(_signed(value) for value in self.difference)}")
        if self.bounds is not None:
            promise = f" ({100 * self.share:g} %)" if self.share is not None else ""
            parts.append(f"truth within {_short(self.bounds[0])} to {_short(self.bounds[1])}{promise}")
        if self.map_value is not None:
            parts.append(f"map {self.map_value:.4g} {self.map_unit}".rstrip())
        return " · ".join(parts)


def probe(
    before: Raster | None,
    after: Raster | None,
    layer: MapLayer | None,
    x: int,
    y: int,
    preview: PreviewPatch | None = None,
    bounds: tuple[MapLayer, MapLayer] | None = None,
    before_point: tuple[float, float] | None = None,
) -> ProbeReading:
    """Read one pixel.

    Parameters
    ----------
    before, after : Raster or None
        Where ``before`` is of another size than ``after``, the pixel at the same place in it is read; of another shape,
        none is.
    layer : MapLayer or None
        Laid over ``after`` in the same way.
    x, y : int
        A pixel of ``after`` (of ``before``, where there is no ``after``).
    preview : PreviewPatch, optional
        Laid over ``after``: where it covers the pixel, ``after`` is what it is compared with.
    bounds : tuple of MapLayer, optional
        Two maps in [0, 1] of full scale, between which the truth lies.
    before_point : tuple of float, optional
        Across and down in pixels of ``before``: what lies under the pixel's middle, where it is of another frame.
    """
    picture = after if after is not None else before
    if picture is None:
        return ProbeReading(x, y)
    size = picture.width, picture.height
    old, new = _values_before(before, x, y, size, before_point), _values(after, x, y, size)
    previewed = _patch_values(preview, x, y)
    if previewed:
        old, new = new, previewed
    value = None if layer is None else _map_value(layer, x, y, size)
    unit = layer.unit if layer else ""
    within, share = (None, None) if bounds is None else _within(*bounds, x, y, size)
    return ProbeReading(x, y, old, new, _difference(old, new), value, unit, bool(previewed), within, share)


def _difference(old: tuple[float, ...], new: tuple[float, ...]) -> tuple[float, ...]:
    if not old or not new:
        return ()
    count = max(len(old), len(new))
    pairs = zip(_spread(old, count), _spread(new, count), strict=True)
    return tuple(b - a for a, b in pairs)


def _spread(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    return values * count if len(values) == 1 else values


def _values(raster: Raster | None, x: int, y: int, size: tuple[int, int]) -> tuple[float, ...]:
    if raster is None:
        return ()
    column, row = x * raster.width // size[0], y * raster.height // size[1]
    pixel = raster.planes(row, column, 1, 1)[:, 0, 0]
    return tuple(float(value) * 255.0 for value in pixel)


def _values_before(
    before: Raster | None, x: int, y: int, size: tuple[int, int], point: tuple[float, float] | None
) -> tuple[float, ...]:
    """Return the pixel of an earlier state that lies under one of the shown state; empty where none does."""
    if before is None or (point is None and abs(before.width * size[1] / (before.height * size[0]) - 1.0) > _ALIKE):
        return ()
    if point is None:
        return _values(before, x, y, size)
    return _values(before, int(point[0]), int(point[1]), (before.width, before.height))


def _patch_values(patch: PreviewPatch | None, x: int, y: int) -> tuple[float, ...]:
    """Return what a preview shows in a pixel of the photo; empty where it does not reach."""
    if patch is None:
        return ()
    region, (height, width) = patch.region, patch.pixels.shape[:2]
    if not (region.left <= x < region.right and region.top <= y < region.bottom):
        return ()
    column = int((x - region.left) * width / region.width)
    row = int((y - region.top) * height / region.height)
    return tuple(float(value) for value in patch.pixels[row, column])


def _map_value(layer: MapLayer, x: int, y: int, size: tuple[int, int]) -> float | None:
    height, width = layer.values.shape
    value = float(layer.values[y * height // size[1], x * width // size[0]])
    return value if value - value == 0.0 else None  # neither NaN nor infinite


def _within(
    lower: MapLayer, upper: MapLayer, x: int, y: int, size: tuple[int, int]
) -> tuple[tuple[float, float] | None, float | None]:
    """Return between which levels the truth of a pixel lies, and with which share of all."""
    low, high = (_map_value(layer, x, y, size) for layer in (lower, upper))
    missed = lower.checked.get("alpha")
    share = round(1.0 - float(missed), 6) if isinstance(missed, int | float) else None
    return (None if low is None or high is None else (low * 255.0, high * 255.0)), share


def _levels(values: tuple[float, ...]) -> str:
    return " ".join(_short(value) for value in values)


def _short(value: float) -> str:
    tenths = round(value, 1) + 0.0  # turns -0.0 into 0.0
    return f"{tenths:.1f}".removesuffix(".0")


def _signed(value: float) -> str:
    text = _short(value)
    return f"+{text}" if value > 0 and text != "0" else text
