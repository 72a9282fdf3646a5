"""A file that cannot be opened says why in one sentence, and nothing else happens."""

from __future__ import annotations

import errno
import io
import os
import struct
import warnings
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.files import open_photo, probe


def encoded(kind: str) -> bytes:
    """Return a small picture as a file of that kind."""
    values = np.arange(48 * 40 * 3, dtype=np.uint32).reshape(48, 40, 3) * 7919
    buffer = io.BytesIO()
    if kind == "PNG16":
        return bytes(imagecodecs.png_encode(values.astype(np.uint16)))
    if kind == "TIFF16":
        tifffile.imwrite(buffer, values.astype(np.uint16), photometric="rgb", compression="deflate")
    else:
        Image.fromarray(values.astype(np.uint8)).save(buffer, kind)
    return buffer.getvalue()


KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "PNG16", "TIFF16")


def sentence(path: Path) -> str:
    """Return what `open_photo` says about a file that it refuses: one line that names the file."""
    with pytest.raises(InputError) as caught:
        open_photo(path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_in_half(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut.jpg"
    data = encoded(kind)
    path.write_bytes(data[: len(data) // 2])
    assert "cut short or damaged" in sentence(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_in_its_header(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut.png"
    path.write_bytes(encoded(kind)[:8])
    assert "expected a" in sentence(path)
    with pytest.raises(InputError):
        probe(path)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), at=st.floats(0, 0.999), value=st.integers(0, 255), length=st.integers(1, 6))
def test_a_damaged_file_opens_or_says_so(tmp_path: Path, kind: str, at: float, value: int, length: int) -> None:
    data = bytearray(encoded(kind))
    place = int(at * len(data))
    data[place : place + length] = bytes([value]) * length
    path = tmp_path / "damaged"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what it repairs
        try:
            raster = open_photo(path).raster
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 # either outcome is right: this one must be one line
        else:
            assert raster.pixels.ndim == 3


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert "an empty file" in sentence(tmp_path / "empty.png")
    (tmp_path / "text.jpg").write_text("Not a picture at all, whatever its name says.")
    assert "another kind of file" in sentence(tmp_path / "text.jpg")
    (tmp_path / "folder.png").mkdir()
    assert "a folder" in sentence(tmp_path / "folder.png")
    assert "no such file" in sentence(tmp_path / "missing.png")


def test_postscript_is_not_handed_to_another_program(tmp_path: Path) -> None:
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    assert "another kind of file" in sentence(tmp_path / "a.eps")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: str) -> None:  # an administrator may read every file, whatever its permissions
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in sentence(tmp_path / "secret.png")


def _png(width: int, height: int, bits: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("bits", [8, 16])
def test_a_bomb_is_refused_by_its_header_with_what_it_needs(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(2_000_000, 1_000_000, bits))
    assert "2000000×1000000 pixels need" in sentence(path)
    assert "GB are free" in sentence(path)


def test_a_tiff_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    tifffile.imwrite(path, np.zeros((16, 16), np.uint16), photometric="minisblack", compression="deflate")
    data = path.read_bytes()
    for tag in (256, 257):  # width and height become large
        entry = struct.pack("<HHI", tag, 4, 1)
        if entry not in data:
            entry = struct.pack("<HHI", tag, 3, 1)
        place = data.index(entry)
        data = data[:place] + struct.pack("<HHII", tag, 4, 1, 2_000_000) + data[place + 12 :]
    path.write_bytes(data)
    assert "GB are free" in sentence(path)


@pytest.mark.parametrize("bits", [8, 16])
def test_zero_size(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "none.png"
    path.write_bytes(_png(0, 10, bits))
    assert "expected a" in sentence(path)


def test_tiffs_that_hold_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for dtype in ("int16", "int32", "complex64", "uint64"):
        tifffile.imwrite(path, np.ones((8, 8), dtype))
        assert dtype in sentence(path)
    tifffile.imwrite(path, np.ones((8, 8), np.uint8), photometric="minisblack")
    kind = struct.pack("<HHIH", 262, 3, 1, 1)  # the photometric interpretation becomes one that nobody knows
    path.write_bytes(path.read_bytes().replace(kind, struct.pack("<HHIH", 262, 3, 1, 77)))
    assert "cannot be read" in sentence(path)
    tifffile.imwrite(path, np.ones((16, 16, 16), np.uint8), volumetric=True, tile=(16, 16, 16))
    assert "axes" in sentence(path)
