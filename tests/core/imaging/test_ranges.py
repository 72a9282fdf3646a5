"""Values that are no photo's are shown in a range of their own, and come back when the same kind of file is saved."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from desktop_app.core.document.facts import metadata_from_json, metadata_to_json
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.png_chunks import chunk

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


@pytest.mark.parametrize(("low", "high"), [(0.0, 1e-6), (-0.003, 0.01), (0.0, 0.015)])
def test_floats_that_would_be_black_are_shown_whole(tmp_path: Path, low: float, high: float) -> None:
    values = (low + RAMP * (high - low)).astype(np.float32)
    tifffile.imwrite(tmp_path / "a.tif", values)
    photo = open_photo(tmp_path / "a.tif")
    assert photo.metadata.levels == pytest.approx((low, high), rel=1e-3)
    assert photo.raster.pixels.max() == pytest.approx(1, abs=0.01)
    save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    np.testing.assert_allclose(tifffile.imread(tmp_path / "b.tif"), values, atol=2e-7 * high)


@pytest.mark.parametrize("value", [0.0, float("nan")])
def test_floats_of_nothing_stay_nothing(tmp_path: Path, value: float) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((8, 9), value, np.float32))
    assert open_photo(tmp_path / "a.tif").metadata.levels is None


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


def _tiff_said(folder: Path, values: np.ndarray, highest: object) -> Path:
    """Return a TIFF with what its highest value is said to be."""
    count = len(highest) if isinstance(highest, tuple) else 1
    tifffile.imwrite(folder / "a.tif", values, extratags=[(281, "H", count, highest, True)])
    return folder / "a.tif"


@pytest.mark.parametrize(("most", "said", "levels"), [
    (3000, 16383, (0, 16383)),  # a dark picture of 14 bits, which its values alone would make one of 12
    (30_000, 32767, (0, 32767)),
    (1000, 1000, (0, 1000)),
    (3000, 1000, (0, 4095)),  # what is said is not so
    (3000, 65535, (0, 4095)),  # every program may say that
    (3000, 0, (0, 4095)),
])  # fmt: skip
def test_a_tiff_says_what_its_highest_value_is(
    tmp_path: Path, most: int, said: int, levels: tuple[float, float]
) -> None:
    path = _tiff_said(tmp_path, (RAMP * most).astype(np.uint16), said)
    photo = open_photo(path)
    assert photo.metadata.levels == levels
    assert f"0…{levels[1]}" in " ".join(photo.metadata.notes)
    saved = save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    np.testing.assert_array_equal(tifffile.imread(saved.path), (RAMP * most).astype(np.uint16))


def test_a_tiff_in_colour_may_say_it_of_each_channel(tmp_path: Path) -> None:
    values = (np.repeat(RAMP[..., None], 3, -1) * 900).astype(np.uint16)
    assert open_photo(_tiff_said(tmp_path, values, (4095, 4095, 4095))).metadata.levels == (0, 4095)


def _with_significant_bits(values: np.ndarray, *bits: int) -> bytes:
    data = bytes(imagecodecs.png_encode(values))
    return data[:33] + chunk(b"sBIT", bytes(bits)) + data[33:]


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("share", [0.2, 1.0])
def test_a_png_of_fewer_significant_bits(tmp_path: Path, bits: int, share: float) -> None:
    path, few = tmp_path / "a.png", (RAMP * share * (2**bits - 1)).astype(np.uint16)
    path.write_bytes(_with_significant_bits(few, bits))
    photo = open_photo(path)
    assert photo.metadata.levels == (0, 2**bits - 1)
    assert photo.raster.planes().max() == pytest.approx(share, abs=0.002)
    saved = save_photo(tmp_path / "b.png", photo.raster, photo.metadata)
    np.testing.assert_array_equal(imagecodecs.png_decode(saved.path.read_bytes()), few)
    # Scaled as the specification has it, a dark picture is one.
    wide = few.astype(np.uint32)
    for scaled in (wide << 16 - bits, wide << 16 - bits | wide >> 2 * bits - 16, wide * 65535 // (2**bits - 1)):
        path.write_bytes(_with_significant_bits(scaled.astype(np.uint16), bits))
        photo = open_photo(path)
        assert (photo.metadata.levels, photo.metadata.notes) == (None, ())
        assert (photo.raster.pixels[..., 0] == scaled).all()


def test_the_significant_bits_of_alpha_and_of_sixteen_say_nothing(tmp_path: Path) -> None:
    few = (np.repeat(RAMP[..., None], 2, -1) * 4095).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(_with_significant_bits(few, 16, 12))
    assert open_photo(tmp_path / "a.png").metadata.levels == (0, 4095)


def test_a_dark_picture_whose_file_says_its_bits_stays_dark(tmp_path: Path) -> None:
    few = (np.repeat(RAMP[..., None], 3, -1) * 200).astype(np.uint16)
    files = {
        "a.avif": bytes(imagecodecs.avif_encode(few, bitspersample=10, level=100)),
        "a.jp2": bytes(imagecodecs.jpeg2k_encode(few, bitspersample=12, level=0)),
        "a.jxl": bytes(imagecodecs.jpegxl_encode(few, lossless=True, bitspersample=12)),
        "a.ppm": b"P6\n50 40\n1023\n" + few.astype(">u2").tobytes(),
        "a.pam": b"P7\nWIDTH 50\nHEIGHT 40\nDEPTH 3\nMAXVAL 4095\nTUPLTYPE RGB\nENDHDR\n" + few.astype(">u2").tobytes(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        photo = open_photo(tmp_path / name)
        assert (photo.metadata.levels, photo.metadata.notes) == (None, ()), name
        assert 0.04 < photo.raster.planes().max() < 0.21, name


def test_a_dark_tiff_of_packed_bits_stays_dark(tmp_path: Path) -> None:
    few = (RAMP * 500).astype(np.uint16)
    bits = np.unpackbits(few.astype(">u2").view(np.uint8).reshape(40, 50, 2), axis=-1).reshape(40, 50, 16)[..., 4:]
    tifffile.imwrite(tmp_path / "a.tif", few, bitspersample=16)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        place = page.dataoffsets[0]
        page.tags[258].overwrite(12)
        page.tags[279].overwrite(40 * 75)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[place : place + 40 * 75] = np.packbits(bits.reshape(40, -1), axis=-1).tobytes()
    (tmp_path / "a.tif").write_bytes(data)
    photo = open_photo(tmp_path / "a.tif")
    assert photo.metadata.levels is None
    np.testing.assert_allclose(photo.raster.planes()[0], few / 4095, atol=1e-4)
