"""Values that are no photo's are shown in a range of their own, and come back when the same kind of file is saved."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from desktop_app.core.document.facts import metadata_from_json, metadata_to_json
from desktop_app.core.imaging.files import open_photo, save_photo

RAMP = np.linspace(0, 1, 40 * 50).reshape(40, 50)
RANGES = {
    "float64": (0, 65_535), "float32": (-1000, 3000), "float16": (0, 255), "int16": (-1000, 3000), "int8": (-100, 100),
    "int32": (-70_000, 900_000), "uint32": (0, 65_535), "uint16": (0, 4095),
}


@pytest.mark.parametrize("dtype", RANGES)
@pytest.mark.parametrize("channels", [1, 3])
def test_data_of_any_range_is_shown_whole_and_comes_back(tmp_path: Path, dtype: str, channels: int) -> None:
    low, high = RANGES[dtype]
    values = (low + np.repeat(RAMP[..., None], channels, axis=-1) * (high - low)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb" if channels == 3 else "minisblack")
    photo = open_photo(tmp_path / "a.tif")
    planes = photo.raster.planes()
    assert planes.min() == pytest.approx(0, abs=0.002)
    assert planes.max() == pytest.approx(1, abs=0.002)
    assert photo.metadata.levels == pytest.approx((low, high), rel=0.01)
    assert f"{high:g}" in photo.metadata.notes[-1]
    assert ("digits" in photo.metadata.notes[0]) is (dtype == "float64")
    saved = save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    assert saved.notes == ()
    again = tifffile.imread(tmp_path / "b.tif").astype(float)
    np.testing.assert_allclose(again, values.reshape(again.shape).astype(float), atol=2e-7 * max(-low, high))


def test_sixteen_bit_png_of_twelve_bits(tmp_path: Path) -> None:
    values = (RAMP * 4095).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(values))
    photo = open_photo(tmp_path / "a.png")
    assert photo.raster.pixels.max() == 65535
    save_photo(tmp_path / "b.png", photo.raster, photo.metadata)
    np.testing.assert_array_equal(imagecodecs.png_decode((tmp_path / "b.png").read_bytes()), values)
    saved = save_photo(tmp_path / "c.jpg", photo.raster, photo.metadata)
    assert any("4095" in note for note in saved.notes)


@pytest.mark.parametrize("values", [[[0.0, 1.0]], [[-0.4, 1.6]], [[0.0, 0.02]], [[np.nan, 0.5]], [[np.nan, np.nan]]])
def test_floats_near_the_usual_range_are_left_alone(tmp_path: Path, values: list[list[float]]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array(values, np.float32))
    photo = open_photo(tmp_path / "a.tif")
    assert (photo.metadata.levels, photo.metadata.notes) == (None, ())
    np.testing.assert_array_equal(photo.raster.pixels[..., 0], np.array(values, np.float32))


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
@pytest.mark.parametrize("value", [0, 100])
def test_a_picture_of_one_value(tmp_path: Path, dtype: str, value: int) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((8, 8), value, dtype))
    photo = open_photo(tmp_path / "a.tif")
    assert np.isfinite(photo.raster.planes()).all()
    save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    assert (tifffile.imread(tmp_path / "b.tif") == value).all()


def test_a_few_values_far_out_do_not_darken_the_rest(tmp_path: Path) -> None:
    values = (1000 + RAMP * 500).astype(np.float32)
    values[3, 3] = 60_000
    tifffile.imwrite(tmp_path / "a.tif", values)
    photo = open_photo(tmp_path / "a.tif")
    assert photo.metadata.levels == pytest.approx((1000, 1500), rel=0.01)
    assert photo.raster.pixels[3, 3, 0] > 100
    save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    np.testing.assert_allclose(tifffile.imread(tmp_path / "b.tif"), values, rtol=1e-6)


def test_the_range_is_kept_with_the_project(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", (RAMP * 3000 - 1000).astype(np.int16))
    found = open_photo(tmp_path / "a.tif").metadata
    assert found.levels is not None
    assert metadata_from_json(metadata_to_json(found)) == found


@pytest.mark.parametrize(("value", "is_said"), [(2**24, False), (2**24 + 2, True)])
def test_whole_numbers_that_floats_have_not_are_said(tmp_path: Path, value: int, is_said: bool) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, value]], np.int32))
    assert any("digits" in note for note in open_photo(tmp_path / "a.tif").metadata.notes) is is_said
