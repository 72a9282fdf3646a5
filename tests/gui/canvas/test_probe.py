"""The numbers under the pointer."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer
from desktop_app.gui.canvas import PreviewPatch, Rect
from desktop_app.gui.canvas.probe import ProbeReading, probe


def rgb(*pixel: int, size: int = 4, dtype: type = np.uint8) -> Raster:
    return Raster(np.full((size, size, len(pixel)), pixel, dtype))


def test_eight_bits_read_as_whole_levels() -> None:
    values = np.zeros((4, 4), np.float32)
    values[2, 1] = 3.14159
    layer = MapLayer("spread", "uncertainty", "levels", "How far.", "inferno", values)
    reading = probe(rgb(92, 88, 71), rgb(95, 88, 70), layer, 1, 2)
    assert reading.text() == (
        "x 1 y 2 · before 92 88 71 · after 95 88 70 · difference +3 0 -1 · map 3.142 levels"
    )


def test_sixteen_bits_and_floats_read_in_8_bit_levels_with_a_decimal() -> None:
    assert probe(None, rgb(32768, dtype=np.uint16), None, 0, 0).text() == "x 0 y 0 · after 127.5"
    dim = Raster(np.full((2, 2, 1), -0.0001, np.float32))
    assert probe(None, dim, None, 1, 1).text() == "x 1 y 1 · after 0"


def test_grey_before_and_colour_after_can_be_told_apart() -> None:
    assert probe(rgb(10), rgb(10, 20, 5), None, 0, 0).difference == pytest.approx((0, 10, -5))


def test_a_smaller_before_is_read_at_the_same_place() -> None:
    before = Raster(np.array([[[1], [2]], [[3], [4]]], np.uint8))
    after = rgb(9, size=8)
    assert [probe(before, after, None, x, y).before[0] for x, y in ((0, 3), (4, 3), (3, 4), (7, 7))] == pytest.approx(
        [1, 2, 3, 4]
    )


def test_a_preview_is_read_where_it_lies_and_compared_with_what_is_below() -> None:
    patch = PreviewPatch(np.full((4, 4, 3), (20, 30, 40), np.uint8), Rect(2, 2, 2, 2))
    inside = probe(rgb(1, 1, 1, size=8), rgb(10, 30, 50, size=8), None, 3, 2, patch)
    assert inside.text() == "x 3 y 2 · before 10 30 50 · preview 20 30 40 · difference +10 0 -10"
    outside = probe(rgb(1, 1, 1, size=8), rgb(10, 30, 50, size=8), None, 4, 2, patch)
    assert "before 1 1 1 · after 10 30 50" in outside.text()


def test_no_value_and_no_photo() -> None:
    layer = MapLayer("spread", "uncertainty", "", "How far.", "inferno", np.full((4, 4), np.nan, np.float32))
    assert probe(None, rgb(1), layer, 0, 0).map_value is None
    assert probe(None, None, layer, 3, 3) == ProbeReading(3, 3)


def test_bounds_are_read_in_levels_with_their_promise() -> None:
    lower, upper = (
        MapLayer(name, "estimate", "1", "", "gray", np.full((4, 4), end / 255, np.float32), checked={"alpha": 0.1})
        for name, end in (("lower", 80.0), ("upper", 112.0))
    )
    reading = probe(None, rgb(95, size=8), None, 7, 7, bounds=(lower, upper))
    assert reading.bounds == pytest.approx((80, 112))
    assert reading.text() == "x 7 y 7 · after 95 · truth within 80 to 112 (90 %)"
