"""Saved photos keep what the opened file brought, and are written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Depth, Raster, convert_depth

DTYPES = {"8": "uint8", "16": "uint16", "32f": "float32"}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r dc:title="Sea"/></x:xmpmeta>'


def raster(depth: Depth = "8", channels: int = 3, *, alpha: bool = False) -> Raster:
    """Return a smooth picture whose alpha, if any, is a ramp."""
    rows, columns = np.mgrid[:24, :32].astype(np.float32)
    planes = np.stack([rows / 23, columns / 31, (rows + columns) / 54][:channels], axis=-1)
    ramp: NDArray[Any] = columns / 31
    return Raster(convert_depth(planes, depth), convert_depth(ramp, depth) if alpha else None)


def exif_block(orientation: int = 6) -> bytes:
    """Return an EXIF block with a camera, an exposure, a place and an orientation."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112], exif[0x8298] = "Verity", "Lens One", orientation, "CC0"
    exif.get_ifd(0x8769).update({0x829A: 0.5, 0x8827: 400, 0x9003: "2024:05:06 07:08:09"})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return exif.tobytes().removeprefix(b"Exif\x00\x00")


@lru_cache  # a new one would have another date
def profile() -> bytes:
    """Return a colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def metadata(depth: Depth = "8") -> Metadata:
    """Return all that can travel beside the pixels."""
    return Metadata(exif_block(), profile(), XMP, "JPEG", depth, (300.0, 300.0))


def read_exif(block: bytes | None) -> Image.Exif:
    """Return an EXIF block as Pillow reads it."""
    exif = Image.Exif()
    exif.load(b"Exif\x00\x00" + (block or b""))
    return exif


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize(
    ("suffix", "depth"), [("png", "8"), ("png", "16"), ("tif", "8"), ("tiff", "16"), ("tif", "32f")]
)
def test_lossless_formats_give_back_every_bit(
    tmp_path: Path, suffix: str, depth: Depth, channels: int, alpha: bool
) -> None:
    photo = raster(depth, channels, alpha=alpha)
    saved = save_photo(tmp_path / f"a.{suffix}", photo, metadata(depth))
    again = open_photo(saved.path).raster
    np.testing.assert_array_equal(again.pixels, photo.pixels)
    if photo.alpha is None:
        assert again.alpha is None
    else:
        np.testing.assert_array_equal(again.alpha, photo.alpha)
    assert (saved.depth, saved.notes) == (depth, ())


@pytest.mark.parametrize("depth", ["8", "16"])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_what_came_with_the_photo_goes_with_it(tmp_path: Path, suffix: str, depth: Depth) -> None:
    given = metadata(depth)
    save_photo(tmp_path / f"a.{suffix}", raster(depth), given)
    found = open_photo(tmp_path / f"a.{suffix}").metadata
    assert found.icc == given.icc
    assert found.xmp == XMP
    assert found.orientation == 1
    if suffix != "webp":  # which has no place for it
        assert found.dpi == pytest.approx((300, 300), abs=0.01)
    exif = read_exif(found.exif)
    assert (exif[0x010F], exif[0x0110], exif[0x8298]) == ("Verity", "Lens One", "CC0")
    assert float(exif.get_ifd(0x8769)[0x829A]) == 0.5
    assert exif.get_ifd(0x8769)[0x9003] == "2024:05:06 07:08:09"
    assert [float(part) for part in exif.get_ifd(0x8825)[2]] == [52, 31, 12]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_other_programs_see_the_same(tmp_path: Path, suffix: str) -> None:
    save_photo(tmp_path / f"a.{suffix}", raster(), metadata(), depth="8")
    with Image.open(tmp_path / f"a.{suffix}") as image:
        exif = image.getexif()
        assert exif[0x010F] == "Verity"
        assert exif.get(0x0112, 1) == 1
        assert exif.get_ifd(0x8769)[0x8827] == 400
        assert image.info["icc_profile"] == metadata().icc
        np.testing.assert_allclose(np.asarray(image), raster().pixels, atol=14 if suffix == "webp" else 6)


def test_a_tiff_with_exif_is_well_formed(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.tif", raster("16"), metadata("16"))
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        page: Any = file.pages[0]
        assert page.tags["ExifTag"].value["ISOSpeedRatings"] == 400
        np.testing.assert_array_equal(page.asarray(), raster("16").pixels)


def test_the_depth_is_the_source_files_unless_asked(tmp_path: Path) -> None:
    stored = raster("16")  # how a document keeps what a tool made of an 8-bit photo
    assert save_photo(tmp_path / "a.png", stored, Metadata(depth="8")).depth == "8"
    assert save_photo(tmp_path / "b.png", stored, Metadata(depth="8"), depth="16").depth == "16"
    cut = save_photo(tmp_path / "c.jpg", stored, Metadata(depth="16"))
    assert (cut.depth, cut.notes) == ("8", ("JPEG was written in 8 bits: it cannot hold the photo's 16.",))
    saved = save_photo(tmp_path / "d.png", raster("32f"), Metadata(depth="32f"))
    assert saved.depth == "16"
    assert "clipped" in saved.notes[0]


def test_integers_are_clipped_and_rounded_and_floats_are_not(tmp_path: Path) -> None:
    values = np.array([[[-0.5], [0.5], [1.7], [np.nan]]], np.float32)
    save_photo(tmp_path / "a.png", Raster(values), Metadata(depth="8"))
    assert open_photo(tmp_path / "a.png").raster.pixels.ravel().tolist() == [0, 128, 255, 0]
    save_photo(tmp_path / "a.tif", Raster(values), Metadata(depth="32f"))
    np.testing.assert_array_equal(open_photo(tmp_path / "a.tif").raster.pixels, values)


def test_jpeg_shows_a_transparent_photo_on_white(tmp_path: Path) -> None:
    pixels, alpha = np.zeros((16, 32, 3), np.uint8), np.zeros((16, 32), np.uint8)
    alpha[:, 16:] = 255
    saved = save_photo(tmp_path / "a.jpg", Raster(pixels, alpha), Metadata())
    shown = open_photo(saved.path).raster.pixels
    assert shown[8, 2].tolist() == [255, 255, 255]
    assert shown[8, 30].tolist() == [0, 0, 0]
    assert "white" in saved.notes[0]


def test_jpeg_leaves_out_what_is_too_large_and_says_so(tmp_path: Path) -> None:
    exif = exif_block() + bytes(70_000)
    saved = save_photo(tmp_path / "a.jpg", raster(), Metadata(exif=exif, xmp=XMP + b" " * 70_000))
    assert [note.split()[0] for note in saved.notes] == ["EXIF", "XMP"]
    assert open_photo(saved.path).metadata.exif is None


def test_a_grey_profile_does_not_follow_into_colours(tmp_path: Path) -> None:
    grey = bytes(16) + b"GRAY" + bytes(108)
    saved = save_photo(tmp_path / "a.tif", raster(), Metadata(icc=grey))
    assert open_photo(saved.path).metadata.icc is None
    assert "profile" in saved.notes[0]


def test_what_cannot_be_written_is_refused_before_anything_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in .png"):
        save_photo(tmp_path / "a.xyz", raster(), Metadata())
    with pytest.raises(ParameterError, match="JPEG can hold"):
        save_photo(tmp_path / "a.jpg", raster(), Metadata(), depth="16")
    with pytest.raises(InputError, match="at most 16383 pixels"):
        save_photo(tmp_path / "a.webp", Raster(np.zeros((1, 16_384, 1), np.uint8)), Metadata())
    with pytest.raises(InputError, match="no such file or directory"):
        save_photo(tmp_path / "missing" / "a.png", raster(), Metadata())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match="add a file name"):
        save_photo(tmp_path / "folder.png", raster(), Metadata())
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_an_existing_file_is_kept_when_overwriting_is_not_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists"):
        save_photo(path, raster(), Metadata(), overwrite="never")
    assert path.read_bytes() == b"mine"
    save_photo(path, raster(), Metadata())
    np.testing.assert_array_equal(open_photo(path).raster.pixels, raster().pixels)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"mine")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="no space left") as caught:
        save_photo(path, raster(), Metadata())
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_a_write_that_stops_midway_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"mine")
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(InputError, match="is unchanged"):
            save_photo(path, Raster(noise), Metadata())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("POSIX permissions")
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    save_photo(link, raster(), Metadata())
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert open_photo(real).format == "PNG"


def test_jpeg_keeps_full_colour_resolution(tmp_path: Path) -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = (200, 30, 30)
    stripes[:, 1::2] = (30, 30, 200)
    save_photo(tmp_path / "a.jpg", Raster(stripes), Metadata())
    again = open_photo(tmp_path / "a.jpg").raster.pixels
    assert np.abs(again.astype(int) - stripes).mean() < 4  # subsampled colours would be off by about 60


def test_saving_through_memory_equals_the_file(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.png", raster(), Metadata())
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as image:
        np.testing.assert_array_equal(np.asarray(image), raster().pixels)
