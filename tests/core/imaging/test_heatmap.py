"""Maps keep their numbers, and their colours mean what the bar beside them says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from matplotlib import colormaps
from PIL import Image

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.imaging.heatmap import (
    COLORMAPS,
    colour_bar,
    colour_table,
    colourise,
    map_range,
    save_map,
    value_range,
)
from desktop_app.core.jobs.request import MapLayer


def layer(values: np.ndarray, name: str = "spread") -> MapLayer:
    """Return a map of these values."""
    return MapLayer(name, "uncertainty", "levels", "How far σ spreads.", "viridis", values.astype(np.float32))


@pytest.mark.parametrize("colormap", COLORMAPS)
def test_colours_are_matplotlibs(colormap: str) -> None:
    values = np.linspace(0, 1, 1000, dtype=np.float32).reshape(20, 50)
    shown = colourise(values, colormap, 0.0, 1.0)
    expected = colormaps[colormap].resampled(256)(values.astype(np.float64), bytes=True)
    np.testing.assert_array_equal(shown, expected)


def test_the_range_is_mapped_and_what_lies_beyond_gets_the_end_colours() -> None:
    values = np.array([[-5, 10, 15, 20, 99, np.inf, -np.inf]], np.float32)
    table = colour_table("inferno")
    np.testing.assert_array_equal(colourise(values, "inferno", 10, 20)[0], table[[0, 0, 128, 255, 255, 255, 0]])


def test_nan_is_transparent_and_nothing_else_is() -> None:
    values = np.array([[np.nan, 0.5]], np.float32)
    shown = colourise(values, "inferno", 0, 1)
    assert shown[0, 0].tolist() == [0, 0, 0, 0]
    assert shown[0, 1, 3] == 255


def test_large_maps_are_coloured_like_small_ones() -> None:
    values = np.random.default_rng(3).random((700, 900), np.float32)
    whole = colourise(values, "magma", 0, 1)
    np.testing.assert_array_equal(whole[300:302], colourise(values[300:302], "magma", 0, 1))


def test_ranges() -> None:
    values = np.append(np.linspace(0, 1, 1001), [1e6, np.nan, -np.inf]).astype(np.float32)[None]
    assert value_range(values, "full") == (0.0, 1e6)
    assert value_range(values, "p99") == pytest.approx((0.01, 0.99), abs=0.005)
    assert value_range(values, (2, 3)) == (2.0, 3.0)


def test_the_percentiles_of_a_large_map_are_estimated_closely() -> None:
    values = np.random.default_rng(4).random((3000, 3000), np.float32)
    assert value_range(values, "p99") == pytest.approx((0.01, 0.99), abs=0.002)


@pytest.mark.parametrize("mode", ["full", "p99"])
def test_a_range_is_never_empty(mode: str) -> None:
    choice = "full" if mode == "full" else "p99"
    assert value_range(np.full((4, 4), 3, np.float32), choice) == (3.0, 4.0)
    assert value_range(np.full((4, 4), np.nan, np.float32), choice) == (0.0, 1.0)
    spike = np.zeros((100, 100), np.float32)
    spike[5, 5] = 7
    assert value_range(spike, choice) == (0.0, 7.0)


def test_impossible_ranges_and_colour_maps_are_refused() -> None:
    values = np.zeros((2, 2), np.float32)
    for low, high in ((1, 1), (2, 1), (0, float("nan"))):
        with pytest.raises(ParameterError, match="below"):
            value_range(values, (low, high))
    with pytest.raises(ParameterError, match="inferno"):
        colourise(values, "no such map", 0, 1)


def test_a_map_is_written_as_numbers_and_as_colours_with_their_bar(tmp_path: Path) -> None:
    values = np.random.default_rng(5).random((300, 200), np.float32)
    values[0, 0] = np.nan
    numbers, picture = save_map(layer(values, "spread / 8-bit"), tmp_path / "new", "photo", mode="full")
    assert [numbers.name, picture.name] == ["photo-spread_8-bit.tif", "photo-spread_8-bit.png"]
    np.testing.assert_array_equal(tifffile.imread(numbers), values)
    with tifffile.TiffFile(numbers) as file:
        description = file.pages[0].tags["ImageDescription"].value
        assert description == "spread / 8-bit (levels): How far σ spreads."
    shown = np.asarray(Image.open(picture))
    low, high = value_range(values, "full")
    np.testing.assert_array_equal(shown[:, :200], colourise(values, "viridis", low, high))
    bar = shown[:, 200:].astype(int)
    for end in colour_table("viridis")[[3, 128, 252]].astype(int):
        assert (np.abs(bar - end).max(axis=-1) <= 3).any()


def test_a_small_map_has_a_readable_bar_too(tmp_path: Path) -> None:
    _, picture = save_map(layer(np.eye(8)), tmp_path, "tiny")
    with Image.open(picture) as image:
        assert image.size == (8 + 130, 240)


def test_the_bar_runs_from_low_below_to_high_above() -> None:
    bar = colour_bar(layer(np.zeros((2, 2))), "gray", 0, 1, 400)
    column = bar[25:375, 20, 0].astype(int)
    assert column[0] > 240
    assert column[-1] < 15
    assert (np.diff(column) <= 0).all()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="folder to write maps"):
        save_map(layer(np.eye(8)), tmp_path / "file", "photo")


@pytest.mark.parametrize(
    ("unit", "low", "high", "expected"),
    [
        ("levels", 0.0, 0.4, (0.5, 1.0)),
        ("levels", -0.1, 0.1, (-64.0, 64.0)),
        ("levels", 3.0, 3.1, (3.0, 3.5)),
        ("levels", 0.0, 9.0, (0.0, 9.0)),
        ("nats/level", 0.0, 1e-9, (0.01 / 16, 0.02 / 16)),
        ("px", 0.0, 1e-9, (0.0, pytest.approx(1e-9))),
    ],
)
def test_the_default_range_never_zooms_in_below_what_is_noticeable(
    unit: str, low: float, high: float, expected: tuple[float, float]
) -> None:
    values = np.linspace(low, high, 16, dtype=np.float32).reshape(4, 4)
    layer = MapLayer("spread", "uncertainty", unit, "Much.", "inferno", values)
    assert map_range(layer, "full") == pytest.approx(expected, abs=1e-6)
    assert map_range(layer, (0.0, 1e-3)) == (0.0, 1e-3)  # who names a range gets it


@pytest.mark.parametrize(
    ("unit", "low", "high"),
    [("levels", 0.0, 0.4), ("levels", -0.3, 0.4), ("nats", 0.0, 0.009), ("nats/level", 0.0, 1e-6)],
)
def test_a_map_below_what_is_noticeable_is_flat_and_says_so(unit: str, low: float, high: float) -> None:
    values = np.linspace(low, high, 600, dtype=np.float32).reshape(20, 30)
    shown = MapLayer("spread", "uncertainty", unit, "Much.", "inferno", values)
    assert shown.describe()["effect"] == "no noticeable effect"
    colours = colourise(values, shown.colormap, *map_range(shown)).reshape(-1, 4).astype(int)
    assert np.ptp(colours, axis=0).max() <= 6, "one colour, or the next to it"
    loud = MapLayer("spread", "uncertainty", unit, "Much.", "inferno", 100.0 * values)
    assert "effect" not in loud.describe()
