"""How a result is written: quality, size, colours and words as they were chosen; AVIF and JPEG XL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.export import PRESETS, Export, export_from
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata, without_place
from desktop_app.core.imaging.raster import Raster

DOWN, ACROSS = np.mgrid[:96, :128] / 128
SMOOTH = Raster((np.dstack([DOWN, ACROSS, 1 - ACROSS]) * 65535).astype(np.uint16))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PLACE = b' exif:GPSLatitude="52,30N"'
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:D' + PLACE + b'><exif:GPSAltitude>9</exif:GPSAltitude>Sea</x:xmpmeta>'


def exif() -> bytes:
    block = Image.Exif()
    block.update({315: "Ann"})
    block.get_ifd(0x8769).update({0x829A: 0.01})
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 7.0)})
    data: bytes = block.tobytes()
    return data.removeprefix(b"Exif\0\0")


FULL = Metadata(exif=exif(), icc=PROFILE, xmp=XMP, depth="16")


def test_words_become_choices() -> None:
    assert export_from([]) == Export()
    assert export_from(["web,quality=90", "long-side=100"]) == replace(PRESETS["web"], quality=90, long_side=100)
    assert export_from(["progressive=yes", "sharpen=0.25"]) == Export(progressive=True, sharpen=0.25)


@pytest.mark.parametrize("word", [
    "nonsense", "quality=101", "quality=high", "size=3", "progressive=maybe", "metadata=some", "long_side=0",
    "sharpen=nan",
])  # fmt: skip
def test_words_that_are_no_choices_are_refused(word: str) -> None:
    with pytest.raises(ParameterError, match="expected"):
        export_from([word])


@pytest.mark.parametrize("suffix", ["jpg", "webp", "avif", "jxl"])
def test_less_quality_is_smaller(tmp_path: Path, suffix: str) -> None:
    noise = Raster(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    sizes = [
        save_photo(tmp_path / f"{quality}.{suffix}", noise, Metadata(), export=Export(quality)).path.stat().st_size
        for quality in (30, 60, 95)
    ]
    assert sizes == sorted(set(sizes))


def test_a_jpeg_as_it_was_chosen(tmp_path: Path) -> None:
    saved = save_photo(tmp_path / "a.jpg", SMOOTH, FULL, export=Export(80, "4:2:0", True))
    with Image.open(saved.path) as image:
        assert image.info["progressive"]
        assert image.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]  # of JPEG's pictures only


@pytest.mark.parametrize(("suffix", "depth", "most"), [("avif", "8", 1), ("jxl", "8", 2), ("jxl", "16", 0)])
def test_avif_and_jpeg_xl_come_back(tmp_path: Path, suffix: str, depth: str, most: float) -> None:
    alpha = (ACROSS * 65535).astype(np.uint16)
    raster, metadata = Raster(SMOOTH.pixels, alpha), replace(FULL, icc=None)
    saved = save_photo(tmp_path / f"a.{suffix}", raster, metadata, depth="16" if depth == "16" else "8")
    photo = open_photo(saved.path)
    assert photo.raster.depth == ("16" if suffix == "avif" else depth)  # of which it has ten
    assert photo.raster.alpha is not None
    assert abs(photo.raster.planes() - SMOOTH.planes()).mean() * 255 <= most
    assert (photo.metadata.exif, photo.metadata.xmp) == (FULL.exif, XMP)


@pytest.mark.parametrize("words", ["", "icc", "exif", "xmp", "icc exif xmp"])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_an_avif_of_full_quality_loses_nothing(tmp_path: Path, words: str, has_alpha: bool) -> None:
    pixels = (SMOOTH.pixels >> 8).astype(np.uint8)
    raster = Raster(pixels, np.ascontiguousarray(pixels[..., 0]) if has_alpha else None)
    metadata = Metadata(**{word: getattr(FULL, word) for word in words.split()})
    photo = open_photo(save_photo(tmp_path / "a.avif", raster, metadata, export=Export(100)).path)
    assert photo.raster.depth == "8"
    assert np.array_equal(photo.raster.pixels, raster.pixels)
    assert (photo.raster.alpha is None) != has_alpha
    assert (photo.metadata.icc, photo.metadata.exif, photo.metadata.xmp) == (metadata.icc, metadata.exif, metadata.xmp)
    with Image.open(tmp_path / "a.avif") as image:
        assert np.array_equal(np.asarray(image)[..., :3], raster.pixels)


@pytest.mark.parametrize(("channels", "bits"), [(3, 10), (1, 8)])
def test_an_avif_holds_what_it_can_of_sixteen_bits(tmp_path: Path, channels: int, bits: int) -> None:
    ramp = np.linspace(0, 1, 256)[:, None, None] * np.ones((1, 64, channels))
    deep = Raster(np.ascontiguousarray(np.rint(ramp * 65535).astype(np.uint16)))
    saved = save_photo(tmp_path / "a.avif", deep, Metadata(depth="16"), export=Export(100))
    assert saved.notes == (f"AVIF was written in {bits} bits: it cannot hold the photo's 16.",)
    found = open_photo(saved.path).raster
    assert found.channels == channels
    assert abs(found.planes() - deep.planes()).max() <= 0.51 / (2**bits - 1)
    with pytest.raises(ParameterError, match="a depth that AVIF can hold"):
        save_photo(tmp_path / "b.avif", deep, Metadata(depth="16"), depth="16")


def test_the_web_gets_a_small_picture_without_its_place(tmp_path: Path) -> None:
    wide = Raster(np.repeat(SMOOTH.pixels, 20, axis=1))
    saved = save_photo(tmp_path / "a.jpg", wide, FULL, export=PRESETS["web"])
    photo = open_photo(saved.path)
    assert (photo.raster.width, photo.raster.height) == (saved.width, saved.height) == (2048, 77)
    assert photo.metadata.icc is None
    block = Image.Exif()
    block.load(photo.metadata.exif)
    assert (block[315], block.get_ifd(0x8769)[0x829A], 0x8825 in block) == ("Ann", 0.01, False)
    assert b"GPS" not in (photo.metadata.xmp or b"")
    assert b"Sea" in (photo.metadata.xmp or b"")
    bare = open_photo(save_photo(tmp_path / "b.jpg", wide, FULL, export=Export(metadata="none")).path).metadata
    assert (bare.exif, bare.xmp, bare.icc) == (None, None, PROFILE)


def test_no_byte_of_the_place_stays() -> None:
    found = without_place(FULL)
    degrees = np.array([52, 1], ">u4").tobytes()
    assert degrees in (FULL.exif or b"")
    assert degrees not in (found.exif or b"")
    assert len(found.exif or b"") == len(FULL.exif or b"")


def test_sharpening_steepens_edges_only(tmp_path: Path) -> None:
    edge = np.full((20, 20, 3), 100, np.uint8)
    edge[:, 10:] = 152  # a quarter of the step is whole, so that nothing hangs on how halves are rounded
    saved = save_photo(tmp_path / "a.png", Raster(edge), Metadata(), export=Export(sharpen=1.0))
    values = open_photo(saved.path).raster.pixels[10, :, 0]
    assert values[[0, 9, 10, 19]].tolist() == [100, 87, 165, 152]
