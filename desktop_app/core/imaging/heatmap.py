"""Maps as colours: what a number per pixel looks like, and what its colours mean."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import replaced_file, write_whole
from desktop_app.core.imaging.noticeable import is_nothing, noticeable

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import MapLayer

RangeMode = Literal["full", "p99"]

COLORMAPS = ("inferno", "viridis", "magma", "plasma", "cividis", "turbo", "gray", "coolwarm", "RdBu_r")

_COLOURS = 256
_SAMPLE = 4_000_000  # percentiles of more values than this are estimated from a regular grid of them
_STRIP = 1 << 18
_DOTS_PER_INCH = 100
_BAR_WIDTH = 130
_SHORTEST_BAR, _TALLEST_BAR = 240, 900


def value_range(values: NDArray[np.float32], mode: RangeMode | tuple[float, float] = "p99") -> tuple[float, float]:
    """Return the values that get the first and the last colour.

    Parameters
    ----------
    values : ndarray
        ``(H, W)`` float32; NaN and infinities are left out.
    mode : {"full", "p99"} or tuple of float
        Smallest to largest; the 1st to the 99th percentile, so that a few outliers do not darken the rest; or a fixed
        ``(low, high)``.

    Returns
    -------
    tuple of float
        ``low < high``; a map that is the same everywhere gets ``(value, value + 1)``.

    Raises
    ------
    ParameterError
        If a fixed range is empty or not finite, or the mode unknown.
    """
    if isinstance(mode, tuple):
        low, high = mode
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ParameterError(f"expected a range whose first value is below its second, got {low} to {high}")
        return float(low), float(high)
    if mode not in ("full", "p99"):
        raise ParameterError(f"expected the range 'full', 'p99' or two numbers, got {mode!r}")
    low, high = _extremes(values) if mode == "full" else _percentiles(values)
    return (low, high) if low < high else (low, low + 1.0)


def map_range(layer: MapLayer, mode: RangeMode | tuple[float, float] = "p99") -> tuple[float, float]:
    """Return the values that get the first and the last colour of a map; errors as in `value_range`.

    A range that is not given is never narrower than what is noticeable; a map of next to nothing has one colour.
    """
    low, high = value_range(layer.values, mode)
    if isinstance(mode, tuple):
        return low, high
    least, ends = noticeable(layer.unit, layer.values.size), _extremes(layer.values)
    if is_nothing(layer.unit, layer.values.size, *ends):
        return (-_COLOURS / 2 * least, _COLOURS / 2 * least) if ends[0] < 0.0 else (least, 2.0 * least)
    return low, max(high, low + least)


@lru_cache(maxsize=16)
def colour_table(colormap: str) -> NDArray[np.uint8]:
    """Return the ``(256, 4)`` uint8 RGBA colours of a matplotlib colour map; read-only.

    Raises
    ------
    ParameterError
        If matplotlib has no such map.
    """
    from matplotlib import colormaps

    if colormap not in colormaps:
        raise ParameterError(f"expected a colour map such as {', '.join(COLORMAPS[:3])}, got {colormap!r}")
    table: NDArray[np.uint8] = colormaps[colormap].resampled(256)(np.arange(256), bytes=True)
    table.setflags(write=False)
    return table


def colourise(values: NDArray[np.float32], colormap: str, low: float, high: float) -> NDArray[np.uint8]:
    """Return a map's colours; NaN is transparent, what lies beyond the range gets the end colours.

    Parameters
    ----------
    values : ndarray
        ``(H, W)`` float32.
    colormap : str
        A matplotlib name; see `COLORMAPS`.
    low, high : float
        The values of the first and the last colour.

    Returns
    -------
    ndarray
        ``(H, W, 4)`` uint8 RGBA.
    """
    table = colour_table(colormap)
    colours = np.empty((*values.shape, 4), np.uint8)
    rows = max(1, _STRIP // max(1, values.shape[1]))
    for top in range(0, len(values), rows):
        strip = values[top : top + rows]
        colours[top : top + rows] = table[colour_indices(strip, low, high)]
        colours[top : top + rows][np.isnan(strip)] = 0
    return colours


def colour_indices(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return which of 256 equal steps from `low` to `high` each value, of any shape, falls into; NaN is the first."""
    # In double precision, so that a range narrower than float32 can tell apart does not divide by zero.
    steps = (values.astype(np.float64) - low) * (256.0 / max(high - low, np.finfo(np.float64).tiny))
    return np.nan_to_num(np.clip(steps, 0.0, 255.0), nan=0.0).astype(np.uint8)


def colour_bar(layer: MapLayer, colormap: str, low: float, high: float, height: int) -> NDArray[np.uint8]:
    """Return a picture of the colour bar: ticks, the map's name and its unit.

    Parameters
    ----------
    layer : MapLayer
        Whose name and unit are written beside the bar.
    colormap : str
        A matplotlib name.
    low, high : float
        The values at the bar's ends.
    height : int
        Pixels.

    Returns
    -------
    ndarray
        ``(height, 130, 4)`` uint8 RGBA, on white.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_BAR_WIDTH / _DOTS_PER_INCH, height / _DOTS_PER_INCH), dpi=_DOTS_PER_INCH)
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.08, 20 / height, 0.14, 1 - 40 / height))
    shades = ScalarMappable(Normalize(low, high), ListedColormap(colour_table(colormap) / 255.0))
    Colorbar(axes, shades).set_label(f"{layer.name} ({layer.unit})" if layer.unit else layer.name)
    canvas.draw()
    return np.array(canvas.buffer_rgba())


def save_map(
    layer: MapLayer, folder: Path, stem: str, *, mode: RangeMode | tuple[float, float] = "p99"
) -> tuple[Path, Path]:
    """Write a map twice: its numbers, and its colours with the bar that explains them.

    Parameters
    ----------
    layer : MapLayer
        The map.
    folder : Path
        Made when it is missing.
    stem : str
        The files are called ``STEM-NAME.tif`` and ``STEM-NAME.png``.
    mode : optional
        The picture's range; see `map_range`.

    Returns
    -------
    tuple of Path
        The float32 TIFF of the raw values and the RGBA PNG, pixel for pixel as large as the map, the bar to its right.

    Raises
    ------
    InputError
        If they cannot be written.
    """
    _make(folder)
    name = f"{stem}-{re.sub(r'[^0-9A-Za-z._-]+', '_', layer.name)}"
    numbers, picture = folder / f"{name}.tif", folder / f"{name}.png"
    write_numbers(layer, numbers)
    write_picture(layer, picture, mode=mode)
    return numbers, picture


def write_numbers(layer: MapLayer, path: Path) -> None:
    """Write a map's raw values as a float32 TIFF.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with replaced_file(path) as file:
        import tifffile

        meaning = f"{layer.name} ({layer.unit}): {layer.meaning}".encode()
        tifffile.imwrite(
            file, layer.values.astype(np.float32, copy=False), photometric="minisblack", metadata=None,
            description=meaning, software="Verilens",
        )


def write_picture(
    layer: MapLayer, path: Path, *, mode: RangeMode | tuple[float, float] = "p99", colormap: str | None = None
) -> None:
    """Write a map as an RGBA PNG, pixel for pixel as large as it, with its colour bar to the right.

    Parameters
    ----------
    layer : MapLayer
        The map.
    path : Path
        The file.
    mode : optional
        The picture's range; see `map_range`.
    colormap : str, optional
        A matplotlib name; the map's own where none is given.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_whole(path, _png(_with_bar(layer, colormap or layer.colormap, map_range(layer, mode))))


def _extremes(values: NDArray[np.float32]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _percentiles(values: NDArray[np.float32]) -> tuple[float, float]:
    step = max(1, int(np.ceil(np.sqrt(values.size / _SAMPLE))))
    sample = values[::step, ::step]
    finite = sample[np.isfinite(sample)]
    if not finite.size:
        return _extremes(values)
    low, high = np.percentile(finite, (1, 99))
    # More than 98% of the map is one value: its extremes are all there is to see.
    return (float(low), float(high)) if low < high else _extremes(values)


def _with_bar(layer: MapLayer, colormap: str, limits: tuple[float, float]) -> NDArray[np.uint8]:
    colours = colourise(layer.values, colormap, *limits)
    height, width = colours.shape[:2]
    bar = colour_bar(layer, colormap, *limits, min(max(height, _SHORTEST_BAR), _TALLEST_BAR))
    whole = np.full((max(height, len(bar)), width + bar.shape[1], 4), 255, np.uint8)
    whole[:height, :width] = colours
    whole[: len(bar), width:] = bar
    return whole


def _png(rgba: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"expected a folder to write maps to at {str(folder)!r}, but: {reason}") from error
