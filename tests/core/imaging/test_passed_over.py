"""Profiles and words of older formats, which Pillow passes over; and print colours, whose profile ends on opening."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from desktop_app.core.imaging.colour import prophoto_rgb
from desktop_app.core.imaging.files import open_photo, save_photo

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Sea</x:xmpmeta>'


def through_pillow(kind: str, picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def gif(*blocks: bytes) -> bytes:
    data = through_pillow("GIF", Image.fromarray(PIXELS).quantize(8))
    place = 13 + (3 << (data[10] & 7) + 1)
    return data[:place] + b"".join(blocks) + data[place:]


def application(name: bytes, content: bytes) -> bytes:
    parts = (content[place : place + 255] for place in range(0, len(content), 255))
    return b"\x21\xff\x0b" + name + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def raw_xmp(xmp: bytes) -> bytes:
    return b"\x21\xff\x0bXMP DataXMP" + xmp + b"\x01" + bytes(range(255, -1, -1)) + b"\0"


def bmp(space: bytes, profile: bytes = b"", endpoints: bytes = bytes(36)) -> bytes:
    pixels = through_pillow("BMP", Image.fromarray(PIXELS))[54:]
    header = struct.pack("<IiiHHIIiiII", 124, 16, 12, 1, 24, 0, len(pixels), 2835, 2835, 0, 0) + bytes(16) + space
    header += endpoints + bytes(12) + struct.pack("<IIII", 4, 124 + len(pixels), len(profile), 0)
    return b"BM" + struct.pack("<IHHI", 138 + len(pixels) + len(profile), 0, 0, 138) + header + pixels + profile


def test_profile_and_xmp_of_a_gif(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(gif(application(b"ICCRGBG1012", PROFILE), raw_xmp(XMP)))
    photo = open_photo(tmp_path / "a.gif")
    assert (photo.metadata.icc, photo.metadata.xmp) == (PROFILE, XMP)
    again = open_photo(save_photo(tmp_path / "b.png", photo.raster, photo.metadata).path)
    assert (again.metadata.icc, again.metadata.xmp) == (PROFILE, XMP)


def test_profile_of_a_bmp(tmp_path: Path) -> None:
    (tmp_path / "a.bmp").write_bytes(bmp(b"DEBM", PROFILE))
    photo = open_photo(tmp_path / "a.bmp")
    np.testing.assert_array_equal(photo.raster.pixels, PIXELS)
    assert (photo.metadata.icc, photo.metadata.notes) == (PROFILE, ())


@pytest.mark.parametrize(("space", "endpoints"), [(b"KNIL", bytes(36)), (bytes(4), bytes([1] * 36))])
def test_colours_of_a_bmp_that_are_not_read_are_told(tmp_path: Path, space: bytes, endpoints: bytes) -> None:
    (tmp_path / "a.bmp").write_bytes(bmp(space, endpoints=endpoints))
    assert "taken for sRGB" in open_photo(tmp_path / "a.bmp").metadata.notes[0]
    (tmp_path / "a.bmp").write_bytes(bmp(b"BGRs"))
    assert open_photo(tmp_path / "a.bmp").metadata.notes == ()


@pytest.mark.parametrize("header", [
    b"P6\n# By Ann\n16 12\n# at low tide\n255\n", b"P6\n# By Ann\n16 # at low tide\n12\n65535\n",
    b"P7\n# By Ann\nWIDTH 16\nHEIGHT 12\n# at low tide\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
])
def test_comments_of_netpbm(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "a.ppm").write_bytes(header + PIXELS.tobytes() * 2)
    photo = open_photo(tmp_path / "a.ppm")
    assert photo.metadata.comment == b"By Ann\nat low tide"
    saved = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata)
    assert open_photo(saved.path).metadata.comment == b"By Ann\nat low tide"
    assert "comment" in save_photo(tmp_path / "b.tif", photo.raster, photo.metadata).notes[0]


def in_print(mode: str, kind: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        Image.fromarray(PIXELS).convert(mode).save(path, kind, icc_profile=PROFILE)

    return write


def deep_print(path: Path) -> None:
    inks = np.random.default_rng(0).integers(0, 65536, (12, 16, 4)).astype(np.uint16)
    tifffile.imwrite(path, inks, photometric="separated", iccprofile=PROFILE)


def laboratory(path: Path) -> None:
    Image.frombytes("LAB", (16, 12), PIXELS.tobytes()).save(path, "TIFF", icc_profile=PROFILE)


@pytest.mark.parametrize("write", [in_print("CMYK", "JPEG"), in_print("CMYK", "TIFF"), deep_print, laboratory])
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_print_colours_become_rgb_and_say_so(tmp_path: Path, write: Callable[[Path], None], suffix: str) -> None:
    write(tmp_path / "a")
    photo = open_photo(tmp_path / "a")
    (said,) = photo.metadata.notes
    assert ("measured" in said and "ProPhoto RGB" in said) if write is laboratory else "profile that is damaged" in said
    assert photo.metadata.icc == (prophoto_rgb() if write is laboratory else None)
    saved = save_photo(tmp_path / f"b.{suffix}", photo.raster, photo.metadata)
    assert PROFILE not in saved.path.read_bytes()
    assert open_photo(saved.path).metadata.icc == photo.metadata.icc
