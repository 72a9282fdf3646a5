"""From what is to be shown to what is to be drawn: pure functions, without Qt.

`resolve` turns a scene, a view and the window's size into a `Frame`; two equal frames look the same, so only a frame
that differs from the last is painted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from desktop_app.gui.canvas.geometry import (
    NOWHERE,
    Rect,
    Size,
    ViewState,
    device_point,
    image_point,
    image_rect,
    origin,
)
from desktop_app.gui.canvas.scene import CanvasScene, Layer, Loupe, PyramidImage, level_size

GRID_ZOOM = 16.0
_ALIKE = 0.01  # shapes that differ less are the same picture in another size, rounded
_SLACK = 0.95  # a level that is up to 5% too small still looks sharp, and is a quarter of the next one's pixels


@dataclass(frozen=True)
class Pane:
    """A part of the window with one picture: ``frame`` places the photo, ``clip`` is what is seen of it.

    ``is_shown`` says that it is the state that is looked at, whose preview and map are drawn over it; ``extent`` is
    where the picture lies on that, in its pixels.
    """

    image: PyramidImage
    is_shown: bool
    frame: Rect
    clip: Rect
    extent: Rect


@dataclass(frozen=True)
class Draw:
    """One layer in one pane: ``region`` of a level, in its pixels, goes to ``target``, in device pixels."""

    layer: Layer
    level: int
    region: Rect
    target: Rect
    clip: Rect
    is_smooth: bool
    opacity: float = 1.0

    @property
    def is_scaled(self) -> bool:
        """Whether level pixels and device pixels differ in size."""
        return (self.region.width, self.region.height) != (self.target.width, self.target.height)


@dataclass(frozen=True)
class Label:
    """A few words on the canvas: ``x``, ``y`` in device pixels are its corner on the side that ``anchor`` names."""

    text: str
    x: float
    y: float
    anchor: Literal["left", "right", "below"]


@dataclass(frozen=True)
class Lens:
    """What a loupe shows: ``target`` is its place in device pixels, its draws and margins lie in that."""

    target: Rect
    draws: tuple[Draw, ...]
    margins: tuple[Rect, ...]
    text: str


@dataclass(frozen=True)
class Frame:
    """All that is drawn: margins, layers in order, the lines between pixels and between pictures, the words."""

    size: Size
    margins: tuple[Rect, ...] = ()
    draws: tuple[Draw, ...] = ()
    grid_x: tuple[int, ...] = ()
    grid_y: tuple[int, ...] = ()
    grid_clip: Rect = NOWHERE
    divider: int | None = None
    cross: int | None = None
    has_grip: bool = False
    labels: tuple[Label, ...] = ()
    lens: Lens | None = None
    kept: Rect | None = None
    cut: tuple[Rect, ...] = ()
    has_thirds: bool = False
    line: tuple[float, float, float, float] | None = None


def panes(scene: CanvasScene, after: PyramidImage, view: ViewState, size: Size) -> tuple[Pane, ...]:
    """Return the parts of a window of ``size`` device pixels."""
    full, before, whole = Rect(0, 0, *size), scene.before or after, Rect(0, 0, *after.size)
    before_at = scene.before_at or laid(before.size, after.size)
    if scene.mode in ("side by side", "grid"):
        both = [(before, before_at), (after, whole)]
        some = [(image, laid(image.size, after.size)) for _, image in scene.grid] if scene.mode == "grid" else both
        placed = zip(some, cells(scene, size), strict=True)
        return tuple(Pane(image, image is after, cell, cell, extent) for (image, extent), cell in placed)
    if scene.mode == "split":
        x = split_x(scene, view, size)
        left, right = Rect(0, 0, x, size[1]), Rect(x, 0, size[0] - x, size[1])
        return Pane(before, False, full, left, before_at), Pane(after, True, full, right, whole)
    if scene.mode == "difference" and scene.difference is not None:
        return (Pane(scene.difference, False, full, full, whole),)
    is_before = scene.mode == "before" or (scene.mode == "blink" and scene.is_flipped)
    return (Pane(before, False, full, full, before_at) if is_before else Pane(after, True, full, full, whole),)


def laid(size: Size, on: Size) -> Rect:
    """Return where a picture lies on one of another size: over all of it, or as much as its own shape allows."""
    if abs(size[0] * on[1] / (size[1] * on[0]) - 1.0) <= _ALIKE:
        return Rect(0, 0, *on)
    factor = min(on[0] / size[0], on[1] / size[1])
    width, height = size[0] * factor, size[1] * factor
    return Rect((on[0] - width) / 2, (on[1] - height) / 2, width, height)


def cells(scene: CanvasScene, size: Size) -> tuple[Rect, ...]:
    """Return the places of pictures beside and below each other, all of one size; one of all the window else."""
    width, height = pane_size(scene, size)
    lefts, tops = dict.fromkeys((0, size[0] - width)), dict.fromkeys((0, size[1] - height))
    found = tuple(Rect(left, top, width, height) for top in tops for left in lefts)
    return found[: len(scene.grid)] if scene.mode == "grid" else found


def pane_size(scene: CanvasScene, size: Size) -> Size:
    """Return how much room one picture has."""
    columns, rows = {"side by side": (2, 1), "grid": (2, 1 if len(scene.grid) == 2 else 2)}.get(scene.mode, (1, 1))
    return max(size[0] // columns, 1), max(size[1] // rows, 1)


def pane_at(scene: CanvasScene, size: Size, x: float, y: float) -> Rect:
    """Return the pane in which a device pixel lies; it places the photo there."""
    width, height = pane_size(scene, size)
    left, top = size[0] - width, size[1] - height
    return Rect(left if x >= left else 0, top if y >= top else 0, width, height)


def split_x(scene: CanvasScene, view: ViewState, size: Size) -> int:
    """Return the device column at which before and after meet."""
    seen = _seen(scene, view, size)
    return round(seen.left + scene.split * seen.width)


def split_at(scene: CanvasScene, view: ViewState, size: Size, x: float) -> float:
    """Return the split position, in [0, 1], that lies at a device column."""
    seen = _seen(scene, view, size)
    return min(max((x - seen.left) / max(seen.width, 1), 0.0), 1.0)


def _seen(scene: CanvasScene, view: ViewState, size: Size) -> Rect:
    full = Rect(0, 0, *size)
    return full.intersect(image_rect(view, full, scene.after.size)) if scene.after is not None else full


def choose_level(count: int, density: float, zoom: float) -> int:
    """Return the smallest of ``count`` levels that has a pixel (or 95% of one) for each device pixel, else 0.

    ``density`` is how many pixels of level 0 lie on one image pixel, each level having half as many as the one before.
    """
    enough = [level for level in range(count) if density / 2**level >= zoom * _SLACK]
    return max(enough, default=0)


def place(layer: Layer, extent: Rect, view: ViewState, pane: Pane, *, is_smooth: bool, opacity: float = 1.0) -> Draw:
    """Find the level, the part of it and the place for a layer that covers ``extent`` of the photo (image pixels)."""
    base = level_size(layer.levels[0])
    level = choose_level(len(layer.levels), base[0] / extent.width, view.zoom)
    width, height = level_size(layer.levels[level])
    # The last pixel of a halved level may reach over the photo's edge, so the extent does not say how large one is.
    per_x, per_y = base[0] / extent.width / 2**level, base[1] / extent.height / 2**level
    clip = pane.clip.intersect(_covered(view, pane, extent))
    x0, y0 = image_point(view, pane.frame, clip.left, clip.top)
    x1, y1 = image_point(view, pane.frame, clip.right, clip.bottom)
    left, across = _whole((x0 - extent.left) * per_x, (x1 - extent.left) * per_x, width)
    top, down = _whole((y0 - extent.top) * per_y, (y1 - extent.top) * per_y, height)
    corner_x, corner_y = origin(view, pane.frame)
    target = Rect(
        corner_x + (extent.left + left / per_x) * view.zoom,
        corner_y + (extent.top + top / per_y) * view.zoom,
        across / per_x * view.zoom,
        down / per_y * view.zoom,
    )
    region = NOWHERE if clip.is_empty else Rect(left, top, across, down)
    return Draw(layer, level, region, target, clip, is_smooth, opacity)


def _covered(view: ViewState, pane: Pane, extent: Rect) -> Rect:
    """Return the whole device pixels that a part of the photo fills."""
    corner_x, corner_y = origin(view, pane.frame)
    left, top = corner_x + round(extent.left * view.zoom), corner_y + round(extent.top * view.zoom)
    right, bottom = corner_x + math.floor(extent.right * view.zoom), corner_y + math.floor(extent.bottom * view.zoom)
    return Rect(left, top, max(right - left, 1), max(bottom - top, 1))


def _whole(start: float, stop: float, limit: int) -> tuple[int, int]:
    """Return first pixel and number of pixels, with one more on each side for smooth scaling at the edge."""
    first = min(max(math.floor(start) - 1, 0), limit)
    last = min(max(math.ceil(stop) + 1, 0), limit)
    return first, max(last - first, 0)


def resolve(scene: CanvasScene, view: ViewState, size: Size) -> Frame:
    """Return what to draw in a window of ``size`` device pixels.

    Parameters
    ----------
    scene : CanvasScene
        What is shown.
    view : ViewState
        Where and how large.
    size : (int, int)
        Width and height in device pixels.
    """
    if scene.after is None:
        return Frame(size, margins=(Rect(0, 0, *size),))
    parts = [pane for pane in panes(scene, scene.after, view, size) if not pane.clip.is_empty]
    draws = [draw for pane in parts for draw in _layers(scene, scene.after, view, pane)]
    grid = _grid(scene, view, parts)
    return Frame(
        size,
        margins=(*(margin for pane in parts for margin in _margins(view, pane)), *_free(scene, size)),
        draws=tuple(draw for draw in draws if not draw.region.is_empty),
        grid_x=grid[0],
        grid_y=grid[1],
        grid_clip=grid[2],
        divider=_divider(scene, view, size),
        cross=size[1] // 2 if scene.mode == "grid" and len(scene.grid) > 2 else None,
        has_grip=scene.mode == "split",
        labels=_labels(scene, view, size, parts),
        **_guide(scene, view, parts),
    )


def _guide(scene: CanvasScene, view: ViewState, parts: Sequence[Pane]) -> dict[str, Any]:
    """Return what is drawn of a guide, in device pixels, where one state is shown alone."""
    shown = next((pane for pane in parts if pane.is_shown), None)
    if shown is None:
        return {}
    found: dict[str, Any] = {}
    if scene.preview is not None and scene.preview.is_whole and len(parts) == 1:
        around = _covered(view, shown, shown.extent)
        found["cut"] = around.subtract(_covered(view, shown, scene.preview.region))
    if scene.guide is None:
        return found
    kept, line = scene.guide.kept, scene.guide.line
    if kept is not None:
        left, top = device_point(view, shown.frame, kept.left, kept.top)
        found["kept"] = Rect(left, top, kept.width * view.zoom, kept.height * view.zoom)
        photo = _covered(view, shown, shown.extent)
        found["cut"] = photo.subtract(found["kept"])
        found["has_thirds"] = scene.after is not None and (kept.width, kept.height) != scene.after.size
    if line is not None:
        found["line"] = (*device_point(view, shown.frame, *line[:2]), *device_point(view, shown.frame, *line[2:]))
    return found


def lens_of(scene: CanvasScene, view: ViewState, size: Size, loupe: Loupe, side: int) -> Lens | None:
    """Return what a loupe of a side, in device pixels, shows at a place; None beside the photo.

    It enlarges to its zoom, or twice what the view shows where that is as much already.
    """
    if scene.after is None:
        return None
    parts = [pane for pane in panes(scene, scene.after, view, size) if pane.clip.contains(loupe.x, loupe.y)]
    x, y = image_point(view, parts[0].frame, loupe.x, loupe.y) if parts else (-1.0, -1.0)
    if not Rect(0, 0, *scene.after.size).contains(x, y):
        return None
    zoom = loupe.zoom if view.zoom < loupe.zoom else 2.0 * view.zoom
    target = Rect(round(loupe.x) - side // 2, round(loupe.y) - side // 2, side, side)
    nearer, pane = ViewState(zoom, x, y), replace(parts[0], frame=target, clip=target)
    draws = tuple(draw for draw in _layers(scene, scene.after, nearer, pane) if not draw.region.is_empty)
    return Lens(target, draws, _margins(nearer, pane), f"{100 * zoom:.0f} %")


def _layers(scene: CanvasScene, after: PyramidImage, view: ViewState, pane: Pane) -> list[Draw]:
    whole = Rect(0, 0, *after.size)
    draws = [place(pane.image, pane.extent, view, pane, is_smooth=view.zoom < 1)]
    if not pane.is_shown:
        return draws + _mask_layer(scene, whole, view, pane)
    if scene.preview is not None:
        is_smooth = view.zoom < 1 or scene.preview.is_reduced
        draws.append(place(scene.preview, scene.preview.region, view, pane, is_smooth=is_smooth))
    if scene.overlay is not None and scene.opacity > 0:
        extent = scene.overlay.region or whole
        draws.append(
            place(scene.overlay, extent, view, pane, is_smooth=view.zoom < 1, opacity=min(scene.opacity, 1.0))
        )
    if scene.clipping is not None:  # never smooth: a mark is there or it is not
        draws.append(place(scene.clipping, whole, view, pane, is_smooth=False))
    return draws + _mask_layer(scene, whole, view, pane)


def _mask_layer(scene: CanvasScene, whole: Rect, view: ViewState, pane: Pane) -> list[Draw]:
    return [] if scene.mask is None else [place(scene.mask, whole, view, pane, is_smooth=view.zoom < 1)]


def _margins(view: ViewState, pane: Pane) -> tuple[Rect, ...]:
    return pane.clip.subtract(_covered(view, pane, pane.extent))


def _free(scene: CanvasScene, size: Size) -> tuple[Rect, ...]:
    """Return the place of a grid's fourth picture, where there are three."""
    if scene.mode != "grid" or len(scene.grid) != 3:
        return ()
    width, height = pane_size(scene, size)
    return (Rect(size[0] - width, size[1] - height, width, height),)


def _grid(scene: CanvasScene, view: ViewState, parts: Sequence[Pane]) -> tuple[tuple[int, ...], tuple[int, ...], Rect]:
    if view.zoom < GRID_ZOOM or not scene.has_pixel_grid or scene.after is None or len(parts) > 1:
        return (), (), NOWHERE
    photo = image_rect(view, parts[0].frame, scene.after.size)
    seen = parts[0].clip.intersect(photo)
    columns = _steps(photo.left, seen.left, seen.right, view.zoom)
    return columns, _steps(photo.top, seen.top, seen.bottom, view.zoom), seen


def _steps(start: float, low: float, high: float, zoom: float) -> tuple[int, ...]:
    first, last = math.ceil((low - start) / zoom), math.ceil((high - start) / zoom)
    return tuple(round(start + step * zoom) for step in range(max(first, 1), last))


def _divider(scene: CanvasScene, view: ViewState, size: Size) -> int | None:
    if scene.mode == "split":
        return split_x(scene, view, size)
    return size[0] // 2 if scene.mode in ("side by side", "grid") else None


def _labels(scene: CanvasScene, view: ViewState, size: Size, parts: Sequence[Pane]) -> tuple[Label, ...]:
    labels = []
    if scene.mode == "split":
        x = split_x(scene, view, size)
        labels += [Label("before", x, 0, "right"), Label("after", x, 0, "left")]
    elif scene.mode == "side by side":
        labels += [Label("before", 0, 0, "left"), Label("after", size[0] - size[0] // 2, 0, "left")]
    elif scene.mode == "grid":
        for (name, image), cell in zip(scene.grid, cells(scene, size), strict=True):
            labels.append(Label(f"● {name}" if image is scene.after else name, cell.left, cell.top, "left"))
    elif scene.mode == "difference":
        labels.append(Label("±32 levels: black to white; grey is no difference", 0, 0, "left"))
    elif scene.mode in ("before", "blink"):
        labels.append(Label("before" if scene.mode == "before" or scene.is_flipped else "after", 0, 0, "left"))
    shown = next((pane.frame for pane in parts if pane.is_shown), None)
    told = scene.preview.badge if scene.preview is not None else scene.guide.hint if scene.guide is not None else ""
    if told and shown is not None:
        labels.append(Label(told, shown.left + shown.width / 2, shown.bottom, "below"))
    return tuple(labels)
