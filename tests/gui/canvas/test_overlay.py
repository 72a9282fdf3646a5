"""Map values as indices: averages, ranges, holes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from desktop_app.core.jobs.request import MapLayer
from desktop_app.gui.canvas.overlay import NO_VALUE, colour_table, halve, index_levels, overlay_image, with_colormap
from desktop_app.gui.canvas.overlay import quantise as quantised


def layer_of(values: np.ndarray) -> MapLayer:
    return MapLayer("spread", "uncertainty", "levels", "How far the result moves.", "inferno", values)


def test_the_range_goes_from_0_to_254_and_the_rest_is_clipped() -> None:
    values = np.array([[-5.0, 2.0, 3.0, 4.0, 99.0]], np.float32)
    assert quantised(values, 2.0, 4.0).tolist() == [[0, 0, 127, 254, 254]]


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_has_no_colour(hole) -> None:
    values = np.array([[hole, 1.0]], np.float32)
    assert quantised(values, 0.0, 1.0).tolist() == [[NO_VALUE, 254]]
    assert quantised(values, 1.0, 1.0).tolist() == [[NO_VALUE, 0]]


def test_levels_average_the_values_not_the_indices() -> None:
    values = np.random.default_rng(3).normal(0, 10, (1024, 1536)).astype(np.float32)
    levels = index_levels(values, -5.0, 5.0)
    assert [level.shape for level in levels] == [(1024, 1536), (512, 768), (256, 384)]
    means = values.reshape(256, 4, 384, 4).mean((1, 3))
    assert_array_equal(levels[2], quantised(means, -5.0, 5.0), strict=True)


def test_odd_sizes_keep_their_edges() -> None:
    values = np.arange(301 * 777, dtype=np.float32).reshape(301, 777)
    levels = index_levels(values, 0.0, float(values.max()))
    assert [level.shape for level in levels] == [(301, 777), (151, 389)]
    assert levels[1][-1, -1] == 254


def test_halving_leaves_holes_out() -> None:
    values = np.array([[1.0, 3.0, np.nan, np.nan], [np.nan, 2.0, np.nan, np.inf]], np.float32)
    assert_array_equal(halve(values), np.array([[2.0, np.nan]], np.float32))


def test_a_stop_between_strips_is_heard() -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_levels(np.zeros((1000, 10), np.float32), 0.0, 1.0, check=check)
    assert len(calls) == 2


def test_another_colour_map_shares_the_pixels() -> None:
    overlay = overlay_image(layer_of(np.eye(8, dtype=np.float32)), (0.0, 1.0))
    other = with_colormap(overlay, "viridis")
    assert other.levels is overlay.levels
    assert other.table == colour_table("viridis") != overlay.table
    assert overlay.table[NO_VALUE] == 0
    assert {word >> 24 for word in other.table[:NO_VALUE]} == {0xFF}


def test_colours_are_those_of_the_colour_map() -> None:
    first, last = colour_table("viridis")[0], colour_table("viridis")[NO_VALUE - 1]
    assert first == 0xFF440154
    assert last == 0xFFFDE724
