"""A map's values as indices into 254 steps of colour: area averages first, then the range, in strips.

Everything here may run outside the GUI thread. A new range needs `index_levels` again, a new colour map only
`with_colormap`, a new opacity nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from desktop_app.gui.canvas.geometry import Rect
from desktop_app.gui.canvas.scene import OverlayImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.jobs.request import MapLayer

NO_VALUE = 255
_TOP = 254
_SMALLEST = 256
_STRIP_ROWS = 256


def overlay_image(
    layer: MapLayer,
    value_range: tuple[float, float],
    colormap: str | None = None,
    *,
    region: Rect | None = None,
    check: Callable[[], None] = lambda: None,
) -> OverlayImage:
    """Return a map as the canvas draws it.

    Parameters
    ----------
    layer : MapLayer
        The values, ``(H, W)``; where they are not finite the photo shows through.
    value_range : (float, float)
        The values that get the first and the last colour, in the layer's unit; others are clipped
        (see `heatmap.value_range`).
    colormap : str, optional
        A matplotlib name; the layer's own where None.
    region : Rect, optional
        What part of the photo the map covers, in image pixels; all of it where None.
    check : callable
        Called between strips; raises to stop (`JobControl.check`).
    """
    levels = index_levels(layer.values, *value_range, check=check)
    return OverlayImage(levels, colour_table(colormap or layer.colormap), region)


def with_colormap(overlay: OverlayImage, colormap: str) -> OverlayImage:
    """Return the same map in other colours; its pixels are shared."""
    return replace(overlay, table=colour_table(colormap))


def colour_table(colormap: str) -> tuple[int, ...]:
    """Return 256 colours ``0xAARRGGBB``: 255 of a colour map, and transparency for "no value".

    Raises
    ------
    ParameterError
        If matplotlib has no such map.
    """
    import numpy as np

    from desktop_app.core.imaging import heatmap

    steps = np.rint(np.linspace(0, 255, NO_VALUE)).astype(np.intp)
    colours = heatmap.colour_table(colormap)[steps].astype(np.uint32)
    words = 0xFF000000 | colours[:, 0] << 16 | colours[:, 1] << 8 | colours[:, 2]
    return (*words.tolist(), 0)


def index_levels(
    values: NDArray[np.float32], low: float, high: float, *, check: Callable[[], None] = lambda: None
) -> tuple[NDArray[np.uint8], ...]:
    """Return ever smaller copies of a map as indices.

    Each level averages the values (not the indices) of 2 × 2 pixels of the one before, leaving out what is not
    finite; only a strip of floats is held beside the map.

    Parameters
    ----------
    values : ndarray
        ``(H, W)`` float32.
    low, high : float
        The values that become 0 and 254.
    check : callable
        Called between strips; raises to stop.

    Returns
    -------
    tuple of ndarray
        ``(H, W)``, ``(⌈H/2⌉, ⌈W/2⌉)``, … uint8, at least 256 pixels on the longer side but for a smaller map; 255
        stands for "no value".
    """
    import numpy as np

    shapes = _shapes(values.shape[0], values.shape[1])
    levels = tuple(np.empty(shape, np.uint8) for shape in shapes)
    for top in range(0, values.shape[0], _STRIP_ROWS):
        check()
        strip = values[top : top + _STRIP_ROWS]
        for number, level in enumerate(levels):
            if number:
                strip = halve(strip)
            start = top >> number
            level[start : start + strip.shape[0]] = quantise(strip, low, high)
    return levels


def _shapes(height: int, width: int) -> list[tuple[int, int]]:
    shapes = [(height, width)]
    while max(shapes[-1]) >= 2 * _SMALLEST and len(shapes) <= _STRIP_ROWS.bit_length() - 1:
        shapes.append(((shapes[-1][0] + 1) // 2, (shapes[-1][1] + 1) // 2))
    return shapes


def quantise(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return values ``(H, W)`` as uint8 indices, 0 at ``low`` and below to 254 at ``high``, 255 where not finite."""
    import numpy as np

    scale = np.float32(_TOP / (high - low) if high - low > 1e-30 else 0.0)
    with np.errstate(invalid="ignore"):
        steps = (values - np.float32(low)) * scale
    np.clip(np.rint(steps, out=steps), 0.0, _TOP, out=steps)
    steps[~np.isfinite(values)] = NO_VALUE
    return steps.astype(np.uint8)


def halve(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of 2 × 2 of the float values ``(H, W)``, fewer at an odd edge, of the finite ones; else NaN."""
    import numpy as np

    height, width = values.shape
    if height % 2 or width % 2:
        values = np.pad(values, ((0, height % 2), (0, width % 2)), mode="edge")
    quads = (values[::2, ::2], values[1::2, ::2], values[::2, 1::2], values[1::2, 1::2])
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float32] = (quads[0] + quads[1] + quads[2] + quads[3]) * np.float32(0.25)
    holes = ~np.isfinite(mean)
    if holes.any():
        mean[holes] = _finite_mean(np.stack([quad[holes] for quad in quads]))
    return mean


def _finite_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    total = np.where(finite, values, np.float32(0.0)).sum(axis=0)
    mean: NDArray[np.float32] = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    return mean
