"""Whole JPEGs are decoded where they are to lie, as Pillow decodes them; it is asked for all that is not whole."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from desktop_app.core.imaging.decoding import GAPS_NOTE
from desktop_app.core.imaging.files import open_photo

SHADES = np.random.default_rng(3).integers(0, 256, (9, 12, 3), dtype=np.uint8)


def jpeg(mode: str = "RGB", size: tuple[int, int] = (93, 70), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(SHADES).resize(size, Image.Resampling.BICUBIC).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.fixture
def no_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_image: ImageFile.ImageFile) -> None:
        raise AssertionError("Pillow was asked for pixels")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)


def opened(path: Path, content: bytes) -> np.ndarray[Any, Any]:
    path.write_bytes(content)
    return open_photo(path).raster.pixels.squeeze()


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"restart_marker_rows": 1}], ids=str
)
def test_pixels_are_those_of_pillow(
    tmp_path: Path, mode: str, options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    content = jpeg(mode, quality=85, **options)
    expected = np.asarray(Image.open(io.BytesIO(content)))
    request.getfixturevalue("no_pillow")
    np.testing.assert_array_equal(opened(tmp_path / "a.jpg", content), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_turned_upright(tmp_path: Path, orientation: int, request: pytest.FixtureRequest) -> None:
    content = jpeg(exif=turned(orientation))
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    request.getfixturevalue("no_pillow")
    np.testing.assert_array_equal(opened(tmp_path / "a.jpg", content), expected)


def test_the_end_of_a_small_picture_is_not_that_of_the_photo(tmp_path: Path) -> None:
    small = jpeg(size=(16, 16))
    block = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + small
    whole = jpeg(size=(640, 480), exif=block, quality=95)
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[: len(whole) // 2])
    assert whole[: len(whole) // 2].find(b"\xff\xd9") > 0
    photo = open_photo(path)
    assert photo.raster.pixels.shape == (480, 640, 3)
    assert "cut short" in " ".join(photo.metadata.notes)


def test_restart_markers_are_looked_for_behind_a_small_picture(tmp_path: Path) -> None:
    block = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + jpeg(size=(16, 16))
    whole = jpeg(size=(64, 640), exif=block, restart_marker_rows=1)
    first, second = (whole.rfind(bytes((0xFF, 0xD0 + number)), 0, len(whole) // 2) for number in (3, 5))
    path = tmp_path / "holes.jpg"
    path.write_bytes(whole[: min(first, second)] + whole[max(first, second) :])
    assert "bytes missing inside" in " ".join(open_photo(path).metadata.notes)


@pytest.mark.parametrize("subsampling", [0, 2])
def test_bytes_lost_inside_are_told_without_restart_markers(tmp_path: Path, subsampling: int) -> None:
    whole, path = jpeg(size=(320, 240), quality=90, subsampling=subsampling), tmp_path / "lost.jpg"
    half = len(whole) // 2
    path.write_bytes(whole[:half] + whole[half + 600 :])
    photo = open_photo(path)
    assert photo.metadata.notes == (GAPS_NOTE,)
    assert (photo.raster.pixels[:80] == np.asarray(Image.open(io.BytesIO(whole)))[:80]).all()


@pytest.mark.parametrize("marker", [0x5A, 0xE5, 0xD3, 0xC4])
def test_what_looks_like_a_marker_among_the_pixels_does_not_end_them(tmp_path: Path, marker: int) -> None:
    whole, path = bytearray(jpeg(size=(320, 240), quality=90)), tmp_path / "stray.jpg"
    start = whole.find(b"\xff\xda") + 500
    whole[start : start + 2] = bytes([0xFF, marker])
    path.write_bytes(whole)
    photo = open_photo(path)
    assert photo.metadata.notes == (GAPS_NOTE,)
    assert np.ptp(photo.raster.pixels[120:200], axis=(0, 1)).min() > 30


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"optimize": True}], ids=str)
def test_a_photo_with_a_plain_corner_is_not_said_to_be_damaged(tmp_path: Path, options: dict[str, Any]) -> None:
    pixels = np.full((70, 93, 3), 255, np.uint8)
    pixels[:30, :30] = SHADES[:1, :1]
    path = tmp_path / "plain.jpg"
    Image.fromarray(pixels).save(path, **options)
    assert open_photo(path).metadata.notes == ()
    path.write_bytes(path.read_bytes() + jpeg())  # a second picture behind the first
    assert open_photo(path).metadata.notes == ()


def detailed(**options: Any) -> bytes:
    """Return a photo with detail in all scans, in a progressive file."""
    values = np.random.default_rng(4).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    image = Image.fromarray(values).resize((320, 240), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.convert(options.pop("mode", "RGB")).save(buffer, "JPEG", progressive=True, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("options", [{}, {"mode": "L"}, {"subsampling": 0}, {"restart_marker_blocks": 7}], ids=str)
def test_bytes_lost_or_changed_inside_a_progressive_file_are_told(tmp_path: Path, options: dict[str, Any]) -> None:
    whole, path = detailed(quality=90, **options), tmp_path / "damaged.jpg"
    places = np.linspace(whole.find(b"\xff\xda") + 100, len(whole) - 700, 8).astype(int).tolist()
    told = []
    for place in places:
        noise = bytes(value ^ 0x55 for value in whole[place : place + 300])
        for damaged in (whole[:place] + whole[place + 300 :], whole[:place] + noise + whole[place + 300 :]):
            path.write_bytes(damaged)
            told.append(bool(open_photo(path).metadata.notes))
    assert sum(told) >= 0.75 * len(told)  # what still adds up to a picture cannot be told


@pytest.mark.parametrize("quality", [5, 50, 100])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(
    "options", [{}, {"subsampling": 0}, {"subsampling": 1}, {"optimize": True}, {"restart_marker_blocks": 5},
                {"comment": b"by hand"}], ids=str
)  # fmt: skip
def test_whole_progressive_files_are_not_called_damaged(
    tmp_path: Path, quality: int, mode: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "whole.jpg"
    for behind in (b"", b"a telephone's film" * 50):
        path.write_bytes(detailed(mode=mode, quality=quality, **options) + behind)
        assert GAPS_NOTE not in open_photo(path).metadata.notes


def test_samplings_that_the_check_does_not_know_are_not_called_damaged(tmp_path: Path) -> None:
    content = bytearray(detailed(mode="L"))
    frame = content.find(b"\xff\xc2")
    content[frame + 11] = 0x41  # as ImageMagick writes grey at 4:1:1
    path = tmp_path / "grey.jpg"
    path.write_bytes(content)
    assert open_photo(path).metadata.notes == ()
