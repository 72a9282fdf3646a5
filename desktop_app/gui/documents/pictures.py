"""What the canvas draws of a state: its pixels with their pyramid, a map, and the maps between which the truth lies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop_app.gui.canvas import OverlayImage, PyramidImage
from desktop_app.gui.documents.shelf import Key
from desktop_app.gui.viewmodel.maps import MapChoice
from desktop_app.gui.widgets.colour_bar import ColourScale

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.pyramid import Pyramid
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import MapLayer


@dataclass(frozen=True, eq=False)
class Picture:
    """A state's pixels, with all that is drawn of them; ``image`` has the profile's colours as a screen shows them."""

    raster: Raster
    pyramid: Pyramid
    image: PyramidImage
    icc: bytes | None = None


@dataclass(frozen=True, eq=False)
class LoadedMap:
    """A map with the drawing made of it, and the question that it answers."""

    document: str
    state: str
    choice: MapChoice
    layer: MapLayer
    overlay: OverlayImage
    low: float
    high: float

    def answers(self, document: str, state: str, choice: MapChoice) -> bool:
        """Whether its indices are right for a question; the colours may differ."""
        mine, asked = self.choice, choice
        is_same_map = (self.document, self.state, mine.name, mine.mode) == (document, state, asked.name, asked.mode)
        return is_same_map and (asked.mode != "fixed" or (mine.low, mine.high) == (asked.low, asked.high))

    def scale(self) -> ColourScale:
        """Return what the colour bar says."""
        unit = "8-bit levels" if self.layer.unit == "levels" else self.layer.unit
        return ColourScale(self.layer.name.replace("_", " "), unit, self.low, self.high, self.overlay.table)


@dataclass(frozen=True, eq=False)
class Bounds:
    """Between which two maps the truth lies, of which state of which document."""

    place: Key
    lower: MapLayer
    upper: MapLayer


def load_picture(document: Document, state: str) -> Picture:
    """Read a state's pixels and build their pyramid. Takes a while."""
    from desktop_app.core.imaging.pyramid import build_pyramid, on_screen
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.gui.canvas.images import pyramid_image

    raster = document.raster(state)
    pyramid = build_pyramid(raster)
    alpha = None if raster.alpha is None else build_pyramid(Raster(raster.alpha[..., None]))
    icc = document.metadata.icc
    return Picture(raster, pyramid, pyramid_image(on_screen(pyramid, icc), alpha), icc)


def load_map(document: Document, state: str, choice: MapChoice, known: LoadedMap | None) -> LoadedMap:
    """Read a map and draw it; where only the colours differ from a known drawing, its indices are used again."""
    from desktop_app.core.imaging.heatmap import map_range
    from desktop_app.gui.canvas.overlay import overlay_image, with_colormap

    if known is not None and known.answers(document.id, state, choice):
        return replace(known, choice=choice, overlay=with_colormap(known.overlay, choice.colormap))
    layer = document.map(state, choice.name or "")
    low, high = (choice.low, choice.high) if choice.mode == "fixed" else map_range(layer, choice.mode)
    overlay = overlay_image(layer, (low, high), choice.colormap)
    return LoadedMap(document.id, state, choice, layer, overlay, low, high)


def has_bounds(document: Document, state: str) -> bool:
    """Return whether a state's maps say between which values the truth lies."""
    known = document.states.get(state)
    return known is not None and {"lower", "upper"} <= {layer.name for layer in known.maps}


def load_bounds(document: Document, state: str) -> Bounds:
    """Read the maps between which the truth lies."""
    return Bounds((document.id, state), document.map(state, "lower"), document.map(state, "upper"))
