"""Depths are converted by rounding, and bits that a depth can hold are never lost."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.imaging.raster import Depth, Raster, convert_depth, from_planes, widened


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


def test_integers_become_what_everybody_else_makes_of_them() -> None:
    """To the last bit, so that who compares a result with a file's numbers by 255 finds no difference that is none."""
    eight, sixteen = np.arange(256, dtype=np.uint8), np.arange(65536, dtype=np.uint16)
    for values, most in ((eight, 255), (sixteen, 65535)):
        expected = (values / most).astype(np.float32)
        np.testing.assert_array_equal(Raster(values.reshape(16, -1, 1)).planes().ravel(), expected)
        np.testing.assert_array_equal(convert_depth(values.reshape(16, -1), "32f").ravel(), expected)
    raster = Raster(eight.reshape(16, 16, 1))
    np.testing.assert_array_equal(widened(raster).planes(), raster.planes())


def test_results_that_fit_are_kept_in_sixteen_bits() -> None:
    inside = np.full((1, 4, 4), 0.25, np.float32)
    assert from_planes(inside).depth == "16"
    assert from_planes(inside, exact_16=False).depth == "32f"
    assert from_planes(inside + 1).depth == "32f"
    assert from_planes(inside * np.float32(np.nan)).depth == "32f"
    alpha = np.full((4, 4), 255, np.uint8)
    assert from_planes(inside, alpha).alpha is not None
    assert int(np.asarray(from_planes(inside, alpha).alpha)[0, 0]) == 65535


def test_a_photo_that_is_only_turned_keeps_its_eight_bits() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    turned = np.rot90(Raster(every).planes(), axes=(1, 2))
    kept = from_planes(np.ascontiguousarray(turned), np.ascontiguousarray(np.rot90(every[..., 0])))
    assert kept.depth == "8"
    np.testing.assert_array_equal(kept.pixels[..., 0], np.rot90(every[..., 0]))
    np.testing.assert_array_equal(kept.alpha, kept.pixels[..., 0])
    assert from_planes(turned, exact_16=False).depth == "32f"


@pytest.mark.parametrize("value", [0.0117648, 256 / 255, -1 / 255, np.nan, np.inf])
def test_one_value_that_eight_bits_lack_is_kept(value: float) -> None:
    planes = np.zeros((3, 700, 600), np.float32)
    planes[2, -1, -1] = value
    kept = from_planes(planes)
    assert kept.depth == ("16" if 0 <= value <= 1 else "32f")
    np.testing.assert_allclose(kept.planes()[2, -1, -1], value, atol=1 / 65535)


def test_transparency_of_more_bits_keeps_them() -> None:
    alpha = np.full((4, 4), 1000, np.uint16)
    kept = from_planes(np.zeros((1, 4, 4), np.float32), alpha)
    assert kept.depth == "16"
    np.testing.assert_array_equal(kept.alpha, alpha)


def test_eight_bits_are_widened_and_others_left() -> None:
    eight = Raster(np.full((2, 2, 1), 3, np.uint8), np.full((2, 2), 255, np.uint8))
    wide = widened(eight)
    assert (wide.depth, int(wide.pixels[0, 0, 0]), int(np.asarray(wide.alpha)[0, 0])) == ("16", 771, 65535)
    assert widened(wide) is wide


def test_a_raster_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        Raster(np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="alpha"):
        Raster(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16))
