"""Keeps the canvas showing what is wanted: loads pixels, pyramids and maps off the window's thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.gui.canvas import Canvas, CanvasScene, Compare, Guide, OverlayImage, PreviewPatch, PyramidImage, Rect
from desktop_app.gui.documents.differences import Differences
from desktop_app.gui.documents.pictures import (
    Bounds,
    LoadedMap,
    Picture,
    has_bounds,
    load_bounds,
    load_map,
    load_picture,
)
from desktop_app.gui.documents.shelf import Key, Shelf
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.frames import Point, place_before, point_before
from desktop_app.gui.viewmodel.maps import MapChoice
from desktop_app.gui.viewmodel.texts import short_title

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.jobs.request import MapLayer

_BLINK_MS = 700


@dataclass(frozen=True)
class PictureIntent:
    """What is to be seen of a document: a state, what it is compared with and how, a map over it, a grid's states."""

    state: str
    before: str | None = None
    compare: Compare = "off"
    map: MapChoice = field(default_factory=MapChoice)
    grid: tuple[str, ...] = ()


class PictureKeeper(QObject):
    """From intent to scene.

    Signals
    -------
    shown : str
        A state's pixels are on the canvas.
    rendered : bool
        The canvas was told what to draw; whether a preview is on it.
    scaleChanged : ColourScale or None
        What the colour bar is to say.
    failed : Exception
        Something could not be loaded.
    """

    shown = Signal(str)
    rendered = Signal(bool)
    scaleChanged = Signal(object)
    failed = Signal(object)

    def __init__(self, canvas: Canvas, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._background = background
        self._document: Document | None = None
        self._intent: PictureIntent | None = None
        self._pictures = Shelf(_bytes_of, _budget)
        self._map: LoadedMap | None = None
        self._bounds: Bounds | None = None
        self._preview: PreviewPatch | None = None
        self._mask: OverlayImage | None = None
        self._guide: Guide | None = None
        self._clipping: OverlayImage | None = None
        self._differences = Differences(background, self._render, self.failed.emit)
        self._split = 0.5
        self._told: Key | None = None
        self._is_flipped = False
        self._blink = QTimer(self)
        self._blink.setInterval(_BLINK_MS)
        self._blink.timeout.connect(self._flip)
        canvas.splitChanged.connect(self._keep_split)

    @property
    def intent(self) -> PictureIntent | None:
        """What is to be seen."""
        return self._intent

    def show(self, document: Document | None, intent: PictureIntent | None) -> None:
        """Show a document's state; what is not loaded yet follows, and the last picture stays until then."""
        if _place(self._document, self._intent) != _place(document, intent):
            self._preview = None
        self._document, self._intent = document, intent
        self._forget_unneeded()
        self._follow_blink()
        if document is not None and intent is not None:
            self._load(document, "after", intent.state)
            self._load_before(document, intent)
            for number, state in enumerate(intent.grid):
                self._load(document, f"grid {number}", state)
            self._load_map(document, intent)
            self._load_bounds(document, intent.state)
        self._render()
        self._differences.find(self._compared())

    def show_preview(self, patch: PreviewPatch | None) -> None:
        """Lay a preview over the picture, or take it away."""
        self._preview = patch
        self._render()

    def herald(self, image: PyramidImage | None) -> None:
        """Show a small picture of a photo that is being read, until it is there; or what was seen before, again."""
        if image is not None:
            self._canvas.set_scene(CanvasScene(after=image))
        else:
            self._render()

    def show_mask(self, mask: OverlayImage | None) -> None:
        """Lay a painted mask over the picture, or take it away."""
        self._mask = mask
        self._render()

    @property
    def has_preview(self) -> bool:
        """Whether a preview is laid over the picture."""
        return self._preview is not None

    def show_guide(self, guide: Guide | None) -> None:
        """Draw what a crop keeps, or a line that is to be level, over the picture; or take it away."""
        if guide != self._guide:
            self._guide = guide
            self._render()

    def show_clipping(self, marks: OverlayImage | None) -> None:
        """Mark on the picture what is clipped, or no longer."""
        if marks is not self._clipping:
            self._clipping = marks
            self._render()

    def picture(self) -> Picture | None:
        """Return the shown state's pixels, if they are loaded."""
        return self._pictures.get(self._key(self._intent.state)) if self._intent else None

    def shown_map(self) -> MapLayer | None:
        """Return the map that is laid over the shown state, if one is."""
        return self._map.layer if self._map is not None and self._shows_map() else None

    def loaded(self, state: str) -> Picture | None:
        """Return a state's pixels, if they are loaded."""
        return self._pictures.get(self._key(state))

    def reading(self, x: int, y: int) -> str:
        """Return what the status bar says about a pixel; empty where nothing is loaded."""
        from desktop_app.gui.canvas.probe import probe

        after = self.picture()
        if after is None or self._intent is None:
            return ""
        before = self._pictures.get(self._key(self._intent.before)) if self._intent.before else None
        layer = self._map.layer if self._map and self._shows_map() and self._preview is None else None
        has_bounds = self._bounds is not None and self._bounds.place == _place(self._document, self._intent)
        bounds = self._bounds if has_bounds and self._preview is None else None
        point = self._point_before(x, y)  # where it cannot be told, nothing is compared
        rasters = (before.raster if before and point else None), after.raster
        within = (bounds.lower, bounds.upper) if bounds else None
        return probe(*rasters, layer, x, y, self._preview, within, point).text()

    def _point_before(self, x: int, y: int) -> Point | None:
        document, intent = self._document, self._intent
        if document is None or intent is None or intent.before is None:
            return None
        return point_before(document.states, intent.before, intent.state, (x + 0.5, y + 0.5))

    def _key(self, state: str) -> Key:
        if self._document is None:
            return "", state
        known = self._document.states.get(state)
        return self._document.id, known.pixels_of if known is not None else state

    def _forget_unneeded(self) -> None:
        if self._intent is None:
            self._pictures.want(())
            return
        before = self._key(self._intent.before) if self._intent.before else None
        wanted = [self._key(state) for state in (self._intent.state, *self._intent.grid)]
        if before is not None and self._intent.compare != "off":
            wanted.append(before)
        self._pictures.want(wanted, soon=before)

    def _load_before(self, document: Document, intent: PictureIntent) -> None:
        """Load what is compared with; while nothing shows it, after the shown state, and only where it may be kept."""
        after = self._pictures.get(self._key(intent.state))
        may_be_kept = after is not None and self._pictures.has_room(_bytes_of(after))
        if intent.before is not None and (intent.compare != "off" or may_be_kept):
            self._load(document, "before", intent.before)

    def _load(self, document: Document, role: str, state: str) -> None:
        key = self._key(state)
        if self._pictures.get(key) is not None:
            return

        def done(picture: Picture) -> None:
            self._pictures.put(key, picture)
            self._forget_unneeded()
            if self._document is document and self._intent is not None and self._intent.state == state:
                self._load_before(document, self._intent)
            self._render()
            self._differences.find(self._compared())

        self._background.run(lambda: load_picture(document, state), done, self.failed.emit, lane=f"picture {role}")

    def _load_map(self, document: Document, intent: PictureIntent) -> None:
        if intent.map.name is None or self._map_fits(document, intent):
            return
        known = self._map

        def done(loaded: LoadedMap) -> None:
            self._map = loaded
            self._render()

        self._background.run(
            lambda: load_map(document, intent.state, intent.map, known), done, self.failed.emit, lane="map"
        )

    def _load_bounds(self, document: Document, state: str) -> None:
        """Load the interval that a state's maps give for each pixel, so that the probe can read it."""
        place = document.id, state
        if not has_bounds(document, state) or (self._bounds is not None and self._bounds.place == place):
            return

        def done(bounds: Bounds) -> None:
            self._bounds = bounds
            self._render()

        self._background.run(lambda: load_bounds(document, state), done, self.failed.emit, lane="bounds")

    def _map_fits(self, document: Document, intent: PictureIntent) -> bool:
        known = self._map
        return (
            known is not None
            and known.answers(document.id, intent.state, intent.map)
            and known.choice.colormap == intent.map.colormap
        )

    def _shows_map(self) -> bool:
        """Whether the loaded map is the one that is wanted, even if its range or colours are on their way."""
        if self._map is None or self._intent is None or self._document is None:
            return False
        wanted = (self._document.id, self._intent.state, self._intent.map.name)
        return wanted == (self._map.document, self._map.state, self._map.choice.name)

    def _follow_blink(self) -> None:
        is_on = self._intent is not None and self._intent.compare == "blink"
        if is_on != self._blink.isActive():
            self._blink.start() if is_on else self._blink.stop()
            self._is_flipped = False

    def _flip(self) -> None:
        self._is_flipped = not self._is_flipped
        self._render()

    def _grid(self) -> tuple[tuple[str, PyramidImage], ...]:
        """Return a grid's pictures with their names; none until all are loaded."""
        document, intent = self._document, self._intent
        if document is None or intent is None:
            return ()
        pictures = [self._pictures.get(self._key(state)) for state in intent.grid]
        titles = [document.states[state].title if state in document.states else state for state in intent.grid]
        found = [(short_title(name), known.image) for name, known in zip(titles, pictures, strict=True) if known]
        return tuple(found) if len(found) == len(pictures) else ()

    def _compared(self) -> tuple[PyramidImage, PyramidImage] | None:
        """Return the shown state and the one before, where their difference is wanted and both are loaded."""
        intent = self._intent
        if intent is None or intent.compare != "difference" or intent.before is None:
            return None
        after, before = self.picture(), self._pictures.get(self._key(intent.before))
        return None if after is None or before is None else (after.image, before.image)

    def _keep_split(self, split: float) -> None:
        self._split = split

    def _render(self) -> None:
        scene = self._scene()
        if scene is not None:
            self._canvas.set_scene(scene)
        self.scaleChanged.emit(self._map.scale() if self._map and self._shows_map() else None)
        self.rendered.emit(self._preview is not None)
        place = _place(self._document, self._intent)
        if place is not None and self._told != place and self.picture() is not None:
            self._told = place
            self.shown.emit(place[1])

    def _scene(self) -> CanvasScene | None:
        """Return what to draw; None to leave the last picture while the next one is loaded.

        A preview is compared with the state that it was made of, and that state's map does not belong over it.
        """
        if self._intent is None:
            self._told = None
            return CanvasScene()
        after = self.picture()
        if after is None:
            return None
        before = self._pictures.get(self._key(self._intent.before)) if self._intent.before else None
        before = after if self._preview is not None else before
        return CanvasScene(
            after=after.image,
            before=before.image if before and self._intent.compare != "off" else None,
            before_at=self._before_at() if self._preview is None else None,
            compare=self._intent.compare,
            split=self._split,
            overlay=self._map.overlay if self._map and self._shows_map() and self._preview is None else None,
            opacity=self._intent.map.opacity,
            preview=self._preview,
            mask=self._mask,
            grid=self._grid(),
            is_flipped=self._is_flipped,
            guide=self._guide,
            clipping=self._clipping if self._preview is None else None,
            difference=self._differences.of(self._compared()) if self._preview is None else None,
        )

    def _before_at(self) -> Rect | None:
        """Return where the earlier state lies on the shown one, where that was cropped since."""
        document, intent = self._document, self._intent
        if document is None or intent is None or intent.before is None:
            return None
        place = place_before(document.states, intent.before, intent.state)
        return None if place is None else Rect(*place)


def _place(document: Document | None, intent: PictureIntent | None) -> Key | None:
    return (document.id, intent.state) if document is not None and intent is not None else None


def _bytes_of(picture: Picture) -> int:
    """Return the bytes of a picture; its display bytes may be its own pixels, which then count twice."""
    return picture.raster.pixels.nbytes + sum(level.nbytes for level in picture.image.levels)


def _budget() -> int:
    """Return the memory for pictures that are not shown: an eighth of what is free."""
    import psutil

    return int(psutil.virtual_memory().available) // 8
