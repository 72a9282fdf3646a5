"""Depths are converted by rounding, and bits that a depth can hold are never lost."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.imaging.raster import Depth, Raster, convert_depth, from_planes


def test_eight_bits_survive_every_depth() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for depth in ("16", "32f"):
        wide = convert_depth(values, depth)
        np.testing.assert_array_equal(convert_depth(wide, "8"), values)


def test_sixteen_bits_survive_floats() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    np.testing.assert_array_equal(convert_depth(convert_depth(values, "32f"), "16"), values)


def test_sixteen_to_eight_rounds_to_the_nearest() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(-1, 1)
    expected = (values.astype(np.int64) * 255 * 2 + 65535) // (2 * 65535)
    np.testing.assert_array_equal(convert_depth(values, "8"), expected)


def test_floats_are_clipped_and_nan_is_black() -> None:
    values = np.array([[-1.0, 0.5, 2.0, np.nan, np.inf, -np.inf]], np.float32)
    assert convert_depth(values, "8").ravel().tolist() == [0, 128, 255, 0, 255, 0]


@pytest.mark.parametrize("depth", ["8", "16", "32f"])
def test_planes_are_in_unit_range_and_come_back(depth: Depth) -> None:
    pixels = convert_depth(np.random.default_rng(2).random((30, 20, 3), np.float32), depth)
    planes = Raster(pixels).planes()
    assert planes.shape == (3, 30, 20)
    np.testing.assert_array_equal(convert_depth(planes.transpose(1, 2, 0), depth), pixels)
    np.testing.assert_array_equal(Raster(pixels).planes(5, 3, 7, 9), planes[:, 5:12, 3:12])


def test_results_that_fit_are_kept_in_sixteen_bits() -> None:
    inside = np.full((1, 4, 4), 0.25, np.float32)
    assert from_planes(inside).depth == "16"
    assert from_planes(inside, exact_16=False).depth == "32f"
    assert from_planes(inside + 1).depth == "32f"
    assert from_planes(inside * np.float32(np.nan)).depth == "32f"
    alpha = np.full((4, 4), 255, np.uint8)
    assert from_planes(inside, alpha).alpha is not None
    assert int(np.asarray(from_planes(inside, alpha).alpha)[0, 0]) == 65535


def test_a_raster_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        Raster(np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="alpha"):
        Raster(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16))
