"""What the canvas is asked to show: frozen values, without Qt and without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from desktop_app.gui.canvas.geometry import Rect, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Compare = Literal["off", "split", "before", "side by side", "grid", "blink", "difference"]
MOST_BESIDE = 4
"""Pictures of a grid, at most."""


@dataclass(frozen=True, eq=False)
class PyramidImage:
    """A photo in ever smaller copies, ready to be drawn. Two are equal only if they are the same object.

    Parameters
    ----------
    levels : tuple of ndarray
        The photo first, then each half as wide and high (rounded up): ``(H, W, 1)`` grey or ``(H, W, 3)`` RGB uint8, or
        ``(H, W)`` uint32 words ``0xffRRGGBB``, which draw faster and need more memory.
    alpha : tuple of ndarray
        The transparency, ``(H, W)`` uint8 of the levels' sizes; empty where the photo has none.
    """

    levels: tuple[NDArray[Any], ...]
    alpha: tuple[NDArray[np.uint8], ...] = ()

    @property
    def size(self) -> Size:
        """Width and height in image pixels."""
        return level_size(self.levels[0])


@dataclass(frozen=True, eq=False)
class OverlayImage:
    """A map over the photo: its values as indices into a table of colours.

    Parameters
    ----------
    levels : tuple of ndarray
        ``(H, W)`` uint8, the largest first, each half as wide and high (rounded up).
    table : tuple of int
        256 colours ``0xAARRGGBB``; the last means "no value here" and is transparent.
    region : Rect, optional
        What part of the photo it covers, in image pixels; all of it where None.
    """

    levels: tuple[NDArray[np.uint8], ...]
    table: tuple[int, ...]
    region: Rect | None = None


@dataclass(frozen=True, eq=False)
class PreviewPatch:
    """What a tool made of a part of the photo, laid over the rest before anything is applied.

    Parameters
    ----------
    pixels : ndarray
        ``(h, w, 1 or 3)`` uint8, of any size.
    region : Rect
        What part of the photo it covers, in image pixels.
    is_reduced : bool
        Whether the tool saw a reduced copy, so that the full result may differ.
    label : str
        What to call it on the canvas; empty for "preview" or "preview (reduced photo)".
    is_whole : bool
        Whether it is all of a result whose pixels lie elsewhere than the photo's: that is then dimmed around it.
    """

    pixels: NDArray[np.uint8]
    region: Rect
    is_reduced: bool = False
    label: str = ""
    is_whole: bool = False

    @property
    def levels(self) -> tuple[NDArray[np.uint8], ...]:
        """The one level there is, ``(H, W, C)`` uint8."""
        return (self.pixels,)

    @property
    def badge(self) -> str:
        """The words that mark it."""
        return self.label or ("preview (reduced photo)" if self.is_reduced else "preview")


Layer = PyramidImage | OverlayImage | PreviewPatch


@dataclass(frozen=True)
class Guide:
    """What is drawn on the photo while it is cropped or straightened, in image pixels.

    Parameters
    ----------
    kept : Rect, optional
        What a crop keeps: the rest is dimmed, its corners and sides can be held.
    line : tuple of float, optional
        The ends of a line that is to be level: x and y of one, x and y of the other.
    hint : str
        What can be done here, in a few words.
    """

    kept: Rect | None = None
    line: tuple[float, float, float, float] | None = None
    hint: str = ""


@dataclass(frozen=True)
class CanvasScene:
    """All that the canvas shows, but for zoom and position.

    Parameters
    ----------
    after : PyramidImage, optional
        The state that is looked at; None shows how to open a photo.
    before : PyramidImage, optional
        What it is compared with; may be of another size.
    before_at : Rect, optional
        Where ``before`` lies, in pixels of ``after``, where it is of another frame; else it covers ``after``, or as
        much of it as its shape allows.
    compare : {"off", "split", "before", "side by side", "grid", "blink", "difference"}
        ``"before"`` shows the original alone, as long as a key is held. Without ``before``, without two pictures for a
        grid, or without ``difference``, it is as ``"off"``.
    split : float
        Where before and after meet, in [0, 1] of the photo's visible width.
    overlay : OverlayImage, optional
        A map over ``after``.
    opacity : float
        The overlay's, in [0, 1].
    preview : PreviewPatch, optional
        Drawn over ``after``.
    mask : OverlayImage, optional
        What is painted over before, after and all else, in its own opacity.
    grid : tuple of (str, PyramidImage)
        What a grid shows, with names, two to four of them; `after` is one, where its preview and its map are drawn.
    is_flipped : bool
        Whether a blink shows ``before`` at this moment.
    has_pixel_grid : bool
        Whether lines separate the pixels from 1600% on.
    clipping : OverlayImage, optional
        Marks of what is clipped, over ``after``.
    guide : Guide, optional
        Drawn over ``after`` and all else.
    difference : PyramidImage, optional
        How ``after`` differs from ``before``, of the size of both.
    """

    after: PyramidImage | None = None
    before: PyramidImage | None = None
    before_at: Rect | None = None
    compare: Compare = "off"
    split: float = 0.5
    overlay: OverlayImage | None = None
    opacity: float = 0.5
    preview: PreviewPatch | None = None
    mask: OverlayImage | None = None
    grid: tuple[tuple[str, PyramidImage], ...] = ()
    is_flipped: bool = False
    has_pixel_grid: bool = True
    clipping: OverlayImage | None = None
    guide: Guide | None = None
    difference: PyramidImage | None = None

    @property
    def mode(self) -> Compare:
        """How pictures are compared, given what there is."""
        needed = self.difference if self.compare == "difference" else self.before
        has_it = len(self.grid) > 1 if self.compare == "grid" else needed is not None
        return self.compare if has_it else "off"


class Loupe(NamedTuple):
    """Where a loupe is held, in device pixels of the canvas, and how large it shows the photo; 1 is 100%."""

    x: float
    y: float
    zoom: float


class ProbePoint(NamedTuple):
    """The pixel under the pointer, counted from the photo's upper left corner."""

    x: int
    y: int


def level_size(level: NDArray[Any]) -> Size:
    """Return the width and height of an array ``(H, W, …)`` of any dtype."""
    return int(level.shape[1]), int(level.shape[0])
