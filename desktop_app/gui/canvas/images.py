"""From numpy arrays to what Qt draws, without a copy of what is not seen.

A QImage made here is a view on an array and lives only while one layer is drawn; the scene owns the arrays. Scaling
24-bit and indexed pixels is three to five times slower in Qt than scaling 32-bit words, so the visible region alone is
turned into words when it has to be scaled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QImage

from desktop_app.gui.canvas.geometry import Rect
from desktop_app.gui.canvas.resolve import Draw
from desktop_app.gui.canvas.scene import OverlayImage, PyramidImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.imaging.pyramid import Pyramid
    from desktop_app.core.imaging.raster import Raster

_WORDS_SHARE = 8
_STRIP = 256  # rows
DIFFERENCE_LEVELS = 32
"""Up to which difference, in 8-bit levels, two pictures' difference is drawn in shades."""


def pyramid_image(pyramid: Pyramid, alpha: Pyramid | None = None) -> PyramidImage:
    """Return a photo's pyramid as the canvas draws it; safe to call outside the GUI thread.

    Levels whose 32-bit words take at most an eighth of the photo's bytes are turned into words: they are what is seen
    most, at fit, and cost little.

    Parameters
    ----------
    pyramid : Pyramid
        The colours.
    alpha : Pyramid, optional
        The transparency, of one channel and the same size.
    """
    base = pyramid.levels[0].nbytes
    levels: tuple[NDArray[Any], ...] = tuple(
        as_words(level) if level.shape[0] * level.shape[1] * 4 * _WORDS_SHARE <= base else level
        for level in pyramid.levels
    )
    return PyramidImage(levels, () if alpha is None else tuple(level[..., 0] for level in alpha.levels))


def raster_image(raster: Raster, cancelled: Callable[[], bool] | None = None) -> PyramidImage:
    """Return a raster as the canvas draws it, with its transparency; meant for another thread than the GUI's.

    Raises
    ------
    Cancelled
        When ``cancelled`` says so.
    """
    from desktop_app.core.imaging.pyramid import build_pyramid
    from desktop_app.core.imaging.raster import Raster

    colours = build_pyramid(raster, cancelled=cancelled)
    if raster.alpha is None:
        return pyramid_image(colours)
    return pyramid_image(colours, build_pyramid(Raster(raster.alpha[..., None]), cancelled=cancelled))


def difference_image(after: PyramidImage, before: PyramidImage) -> PyramidImage | None:
    """Return how one photo differs from another of its size, channel by channel; None where the sizes differ.

    The scale is fixed, so that differences can be compared: middle grey is none, `DIFFERENCE_LEVELS` 8-bit levels
    lighter or darker are white or black. Meant for another thread than the GUI's.
    """
    if after.size != before.size or len(after.levels) != len(before.levels):
        return None
    return PyramidImage(tuple(map(_difference, after.levels, before.levels)))


def _difference(after: NDArray[Any], before: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the difference of two levels, ``(H, W, 1 or 3)`` uint8; strips keep memory low."""
    import numpy as np

    gain = 128 // DIFFERENCE_LEVELS
    channels = max(_channels(after), _channels(before))
    found = np.empty((*after.shape[:2], channels), np.uint8)
    for top in range(0, len(after), _STRIP):
        one, other = (_as_bytes(level[top : top + _STRIP]) for level in (after, before))
        change = (one.astype(np.int16) - other) * gain + 128
        found[top : top + _STRIP] = change.clip(0, 255)
    return found


def _channels(level: NDArray[Any]) -> int:
    return 3 if level.ndim == 2 else int(level.shape[2])


def _as_bytes(level: NDArray[Any]) -> NDArray[np.uint8]:
    """Return pixels ``(H, W, 1 or 3)`` uint8 of a level that may be in words."""
    import numpy as np

    if level.ndim == 3:
        return level
    return np.stack([(level >> shift & 0xFF).astype(np.uint8) for shift in (16, 8, 0)], axis=2)


def whole_image(image: PyramidImage) -> QImage:
    """Return all of a photo, with its transparency, as an image that owns its pixels."""
    pixels, whole = image.levels[0], Rect(0, 0, *image.size)
    seen = _view(pixels, whole, _format_of(pixels))
    if not image.alpha:
        return seen.copy()
    blended = seen.convertToFormat(QImage.Format.Format_ARGB32)
    blended.setAlphaChannel(_view(image.alpha[0], whole, QImage.Format.Format_Alpha8))
    return blended


def as_words(level: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return ``(H, W, 1 or 3)`` uint8 pixels as ``(H, W)`` words ``0xffRRGGBB``."""
    import numpy as np

    parts = np.full((*level.shape[:2], 4), 0xFF, np.uint8)
    for place, channel in enumerate((-1, level.shape[2] // 2, 0)):
        parts[..., place] = level[..., channel]
    return parts.view("<u4")[..., 0].astype(np.uint32, copy=False)


def layer_image(draw: Draw) -> QImage:
    """Return the visible region of a layer, ready to be drawn; it must not outlive ``draw``."""
    pixels = draw.layer.levels[draw.level]
    if isinstance(draw.layer, OverlayImage):
        image = _view(pixels, draw.region, QImage.Format.Format_Indexed8)
        image.setColorTable(draw.layer.table)
        return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    image = _view(pixels, draw.region, _format_of(pixels))
    if isinstance(draw.layer, PyramidImage) and draw.layer.alpha:
        return _with_alpha(image, draw.layer.alpha[draw.level], draw.region)
    is_word = image.format() == QImage.Format.Format_RGB32
    return image.convertToFormat(QImage.Format.Format_RGB32) if draw.is_scaled and not is_word else image


def _format_of(pixels: NDArray[Any]) -> QImage.Format:
    if pixels.ndim == 2:
        return QImage.Format.Format_RGB32
    return QImage.Format.Format_RGB888 if pixels.shape[2] == 3 else QImage.Format.Format_Grayscale8


def _view(pixels: NDArray[Any], region: Rect, form: QImage.Format) -> QImage:
    size = pixels.nbytes // (pixels.shape[0] * pixels.shape[1])
    stride = pixels.shape[1] * size
    left, top, width, height = (int(value) for value in region)
    start = top * stride + left * size
    seen = pixels.data.cast("B")[start : start + (height - 1) * stride + width * size]
    return QImage(seen, width, height, stride, form)


def _with_alpha(image: QImage, alpha: NDArray[np.uint8], region: Rect) -> QImage:
    blended = image.convertToFormat(QImage.Format.Format_ARGB32)
    blended.setAlphaChannel(_view(alpha, region, QImage.Format.Format_Alpha8))
    return blended.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
