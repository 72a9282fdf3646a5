"""What telephones, cameras and other programs write: JPEG XL, HEIF, camera raw, Photoshop's files, UltraHDR."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms
from psd_tools import PSDImage

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.decoding import is_damaged
from desktop_app.core.imaging.extras import library
from desktop_app.core.imaging.files import open_photo, probe, save_photo
from desktop_app.core.imaging.jpegxl import jpegxl_file
from desktop_app.core.imaging.metadata import Metadata

DEEP = np.random.default_rng(0).integers(0, 65536, (20, 30, 3)).astype(np.uint16)
DEEP[0, :2] = [[0] * 3, [65535] * 3]
PIXELS = (DEEP >> 8).astype(np.uint8)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Sea</x:xmpmeta>'


def exif(orientation: int = 1) -> bytes:
    block = Image.Exif()
    block.update({274: orientation, 315: "Ann"})
    data: bytes = block.tobytes()
    return data.removeprefix(b"Exif\0\0")


def opened(folder: Path, data: bytes) -> Any:
    (folder / "photo").write_bytes(data)
    photo = open_photo(folder / "photo")
    info, raster = probe(folder / "photo"), photo.raster
    assert (info.width, info.height, info.channels, info.has_alpha, info.depth) == (
        raster.width, raster.height, raster.channels, raster.alpha is not None, raster.depth)
    return photo


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_jpeg_xl_of_all_depths(tmp_path: Path, channels: int, bits: int) -> None:
    values = np.dstack([DEEP, DEEP[..., :1]])[..., :channels] >> (16 - bits)
    values = values.astype(np.uint8) if bits == 8 else values
    data = imagecodecs.jpegxl_encode(values[..., 0] if channels == 1 else values, lossless=True, bitspersample=bits)
    photo = opened(tmp_path, data)
    colours = 1 if channels < 3 else 3
    full = 255 if bits == 8 else 65535
    expected = np.rint(values.astype(float) / (2**bits - 1) * full)
    np.testing.assert_array_equal(photo.raster.pixels, expected[..., :colours])
    assert (photo.format, photo.metadata.depth) == ("JPEG XL", "8" if bits == 8 else "16")


def test_words_of_a_jpeg_xl(tmp_path: Path) -> None:
    data = jpegxl_file(DEEP, Metadata(exif=exif(6), xmp=XMP), quality=100)
    photo = opened(tmp_path, data)
    np.testing.assert_array_equal(photo.raster.pixels, DEEP)  # the codestream turns, EXIF only repeats
    assert (photo.metadata.exif, photo.metadata.xmp, photo.metadata.colour) == (exif(), XMP, None)
    squeezed = imagecodecs.brotli_encode(XMP)
    box = struct.pack(">I4s4s", 12 + len(squeezed), b"brob", b"xml ") + squeezed
    assert opened(tmp_path, jpegxl_file(DEEP, Metadata(), quality=100) + box).metadata.xmp == XMP


def test_linear_light_of_a_jpeg_xl_is_told(tmp_path: Path) -> None:
    photo = opened(tmp_path, imagecodecs.jpegxl_encode(DEEP, lossless=True))
    assert photo.metadata.colour[8:12] == bytes([1, 8, 0, 1])
    saved = save_photo(tmp_path / "a.tif", photo.raster, photo.metadata)
    assert (saved.notes, open_photo(saved.path).metadata.icc) == ((), photo.metadata.icc)


@pytest.mark.parametrize("mode", ["RGB", "RGB;16", "RGBA;16"])
def test_heif(tmp_path: Path, mode: str) -> None:
    down, across = np.mgrid[:32, :48]
    smooth = np.dstack([down * 30.0, across * 20.0, 1023 - across * 20.0])
    values = np.dstack([smooth, smooth[..., :1]])[..., : 4 if "A" in mode else 3]
    stored = (values / 1023 * 255).round().astype(np.uint8) if mode == "RGB" else (values * 64).astype(np.uint16)
    buffer = io.BytesIO()
    picture = pillow_heif.from_bytes(mode=mode, size=(48, 32), data=np.ascontiguousarray(stored).tobytes())
    picture.info["icc_profile"], picture.info["exif"], picture.info["xmp"] = PROFILE, exif(), XMP
    picture.save(buffer, quality=100, chroma=444)
    photo = opened(tmp_path, buffer.getvalue())
    shown = photo.raster.planes().transpose(1, 2, 0)
    assert abs(shown - values[..., :3] / 1023).max() < 0.03
    assert (photo.raster.alpha is not None) == ("A" in mode)
    assert (photo.metadata.icc, photo.metadata.xmp, photo.format) == (PROFILE, XMP, "HEIF")
    assert b"Ann" in photo.metadata.exif


def dng(path: Path, flip: int = 1) -> Path:
    """Write a camera's 12 bits behind a colour filter: a ramp from left to right."""
    sensor = np.broadcast_to(np.arange(96, dtype=np.uint16) * 30 + 200, (64, 96))
    unit = (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)
    tifffile.imwrite(path, sensor, photometric=32803, metadata=None, software=False, extratags=[
        (33421, "H", 2, (2, 2), True), (33422, "B", 4, bytes([0, 1, 1, 2]), True), (274, "H", 1, flip, True),
        (50706, "B", 4, bytes([1, 4, 0, 0]), True), (50708, "s", 0, b"Test\0", True), (271, "s", 0, b"Maker\0", True),
        (50714, "H", 1, 0, True), (50717, "H", 1, 4095, True), (50721, "2i", 9, unit, True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True), (50778, "H", 1, 21, True),
    ])  # fmt: skip
    return path


@pytest.mark.parametrize("flip", [1, 6])
def test_camera_raw_is_developed(tmp_path: Path, flip: int) -> None:
    photo = opened(tmp_path, dng(tmp_path / "a.dng", flip).read_bytes())
    assert (photo.format, photo.raster.depth, photo.metadata.icc, photo.metadata.orientation) == ("RAW", "16", None, 1)
    assert photo.raster.pixels.shape == ((64, 96, 3) if flip == 1 else (96, 64, 3))
    ramp = photo.raster.planes()[1].mean(axis=0 if flip == 1 else 1)
    assert (np.diff(ramp[4:-4]) > 0).all()
    light = ((ramp[8:-8] + 0.055) / 1.055) ** 2.4  # linear: the sensor's numbers, brightened
    assert np.corrcoef(light, np.arange(96)[8:-8])[0, 1] > 0.999
    assert b"Maker" in photo.metadata.exif
    assert "developed" in photo.metadata.notes[0]


def test_camera_raw_that_is_cut_shows_what_is_there(tmp_path: Path) -> None:
    path = dng(tmp_path / "a.dng")
    whole = open_photo(path).raster.pixels
    path.write_bytes(path.read_bytes()[:-5000])  # of 12,288 bytes
    photo = open_photo(path)
    assert "about 59%" in photo.metadata.notes[0]
    assert np.corrcoef(photo.raster.pixels[4:30].ravel(), whole[4:30].ravel())[0, 1] > 0.99  # brightened otherwise
    assert not photo.raster.pixels[-20:].any()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_photoshop(tmp_path: Path, mode: str) -> None:
    buffer = io.BytesIO()
    PSDImage.frompil(Image.fromarray(PIXELS).convert(mode)).save(buffer)
    photo = opened(tmp_path, buffer.getvalue())
    expected = np.asarray(Image.fromarray(PIXELS).convert(mode)).reshape(20, 30, -1)
    np.testing.assert_array_equal(photo.raster.pixels, expected[..., : photo.raster.channels])


def psd(bits: int, mode: int, channels: int, values: bytes, *resources: tuple[int, bytes]) -> bytes:
    """Return a file of Photoshop's by its specification: no layers, uncompressed."""
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, channels, 20, 30, bits, mode)
    parts = b"".join(b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)
                     for number, content in resources)
    return header + struct.pack(">I", 0) + struct.pack(">I", len(parts)) + parts + struct.pack(">IH", 0, 0) + values


def test_photoshop_of_sixteen_bits_and_its_words(tmp_path: Path) -> None:
    planes = DEEP.transpose(2, 0, 1).astype(">u2").tobytes()
    photo = opened(tmp_path, psd(16, 3, 3, planes, (1039, PROFILE), (1058, exif()), (1060, XMP), (1028, b"\x1c\x02")))
    np.testing.assert_array_equal(photo.raster.pixels, DEEP)
    found = photo.metadata
    assert (found.icc, found.exif, found.xmp, found.iptc) == (PROFILE, exif(), XMP, b"\x1c\x02")


def test_photoshop_in_print_colours(tmp_path: Path) -> None:
    ink = np.zeros((4, 20, 30), np.uint8)
    ink[1] = 255  # nothing but magenta
    photo = opened(tmp_path, psd(8, 4, 4, (255 - ink).tobytes(), (1039, b"no profile")))
    red, green, blue = photo.raster.pixels[0, 0]
    assert min(red, blue) > green + 100
    (said,) = photo.metadata.notes
    assert photo.metadata.icc is None
    assert "profile that is damaged" in said


@pytest.mark.parametrize("kind", ["heic", "dng", "psd", "jxl"])
def test_what_is_cut_short_is_one_sentence(tmp_path: Path, kind: str) -> None:
    buffer = io.BytesIO()
    if kind == "heic":
        pillow_heif.from_pillow(Image.fromarray(PIXELS)).save(buffer)
    elif kind == "psd":
        buffer.write(psd(16, 3, 3, DEEP.tobytes()))
    elif kind == "jxl":
        buffer.write(jpegxl_file(DEEP, Metadata(), quality=100))
    else:
        buffer.write(dng(tmp_path / "a.dng").read_bytes())
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "b").write_bytes(buffer.getvalue()[: int(share * len(buffer.getvalue()))])
        try:
            said = open_photo(tmp_path / "b").metadata.format
        except InputError as error:
            said = str(error)
        assert said
        assert "\n" not in said


def test_a_cut_heif_shows_what_is_there_and_a_cut_jpeg_xl_says_why_it_shows_nothing(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:256, 0:320]
    picture = np.stack([rows * 7 % 256, columns * 5 % 256, (rows + columns) % 256], axis=2).astype(np.uint8)
    pillow_heif.from_pillow(Image.fromarray(picture)).save(tmp_path / "whole.heic")
    whole = (tmp_path / "whole.heic").read_bytes()
    (tmp_path / "cut.heic").write_bytes(whole[: int(0.8 * len(whole))])
    shown, cut = open_photo(tmp_path / "whole.heic"), open_photo(tmp_path / "cut.heic")
    same = (shown.raster.pixels == cut.raster.pixels).all(axis=2)
    assert same[:128].all()
    assert not same.all()
    assert is_damaged(cut.metadata)
    assert not is_damaged(shown.metadata)
    coded = jpegxl_file(picture, Metadata(), quality=90)
    (tmp_path / "cut.jxl").write_bytes(coded[: int(0.8 * len(coded))])
    with pytest.raises(InputError, match="its end is missing, and the decoder gives no part of a JPEG XL"):
        open_photo(tmp_path / "cut.jxl")


def test_an_extra_that_is_missing_is_said() -> None:
    with pytest.raises(InputError, match=r"pip install 'verilens\[photo\]'"):
        library("no_such_reader", "HEIF")


def test_the_extras_are_not_imported_before_a_file_asks() -> None:
    code = ("import sys, desktop_app.core.imaging.files; "
            "sys.exit(bool({'rawpy', 'pillow_heif', 'psd_tools', 'imagecodecs'} & sys.modules.keys()))")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
