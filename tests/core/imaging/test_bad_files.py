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
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk


def encoded(kind: str, side: int = 48) -> bytes:
    """Return a small picture of noise as a file of that kind."""
    values = np.random.default_rng(0).integers(0, 65536, (side, 40, 3), dtype=np.uint32)
    buffer = io.BytesIO()
    if kind == "PNG16":
        return bytes(imagecodecs.png_encode(values.astype(np.uint16)))
    if kind == "TIFF16":
        tifffile.imwrite(buffer, values.astype(np.uint16), photometric="rgb", compression="lzw", rowsperstrip=16)
    else:
        Image.fromarray(values.astype(np.uint8)).save(buffer, kind, **({"interlace": 0} if kind == "GIF" else {}))
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "PPM", "PNG16", "TIFF", "TIFF16"])
def test_a_file_cut_in_half_shows_what_is_there_and_says_so(tmp_path: Path, kind: str) -> None:
    path, whole = tmp_path / "cut.jpg", tmp_path / "whole"
    data = encoded(kind, 160)
    whole.write_bytes(data)
    path.write_bytes(data[: len(data) // 2])
    photo, ideal = open_photo(path), open_photo(whole)
    assert ideal.metadata.notes == ()
    assert "cut short or damaged" in " ".join(photo.metadata.notes)
    assert photo.raster.pixels.shape == ideal.raster.pixels.shape
    first = slice(-40, None) if kind == "BMP" else slice(40)  # which lies upside down
    np.testing.assert_array_equal(photo.raster.pixels[first], ideal.raster.pixels[first])


def test_a_webp_of_which_nothing_but_the_header_is_left_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.webp"
    data = encoded("WEBP")
    path.write_bytes(data[:16])
    assert "cut short or damaged" in sentence(path)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("interlaced", [False, True])
def test_a_png_with_a_fault_inside_keeps_the_rows_before_it(tmp_path: Path, bits: int, interlaced: bool) -> None:
    values = np.random.default_rng(0).integers(0, 2**bits, (40, 30, 3)).astype(f"uint{bits}")
    path = tmp_path / "a.png"
    rows = b"".join(b"\0" + row.astype(f">u{bits // 8}").tobytes() for row in values)
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [values[top::down, left::across] for top, left, down, across in passes]
        rows = b"".join(b"\0" + row.astype(f">u{bits // 8}").tobytes() for part in parts for row in part)
    body = bytearray(zlib.compress(rows, 0))
    body[len(body) * 3 // 4] ^= 255  # the checksum of the chunk no longer fits
    header = struct.pack(">IIBBBBB", 30, 40, bits, 2, 0, 0, int(interlaced))
    chunks = (chunk(b"IHDR", header), struct.pack(">I", len(body)) + b"IDAT" + bytes(body) + bytes(4))
    path.write_bytes(SIGNATURE + b"".join(chunks) + chunk(b"IEND", b""))
    photo = open_photo(path)
    assert len(photo.metadata.notes) == 1
    np.testing.assert_array_equal(photo.raster.pixels[:20:8, :24:8], values[:20:8, :24:8])


def test_a_jpeg_with_bytes_missing_inside_says_so_where_its_markers_tell(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG", restart_marker_rows=1)
    data, path = buffer.getvalue(), tmp_path / "a.jpg"
    path.write_bytes(data)
    assert open_photo(path).metadata.notes == ()
    third = data.index(b"\xff\xd2")
    path.write_bytes(data[: third - 200] + data[third + 200 :])
    assert "missing inside" in " ".join(open_photo(path).metadata.notes)


def test_a_tiff_without_some_of_its_strips_is_black_there_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    values = np.random.default_rng(0).integers(1, 256, (64, 40), dtype=np.uint8)
    tifffile.imwrite(path, values, rowsperstrip=8, compression="deflate")
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages[0]
        gone = list(page.databytecounts)
        gone[3] = 0
        page.tags["StripByteCounts"].overwrite(gone)
    photo = open_photo(path)
    ideal = values.copy()
    ideal[24:32] = 0
    np.testing.assert_array_equal(photo.raster.pixels[..., 0], ideal)
    assert "88%" in photo.metadata.notes[0]


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
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return SIGNATURE + body


@pytest.mark.parametrize("bits", [8, 16])
def test_zero_size(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "none.png"
    path.write_bytes(_png(0, 10, bits))
    assert "expected a" in sentence(path)


def test_tiffs_that_hold_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.ones((8, 8), "complex64"))
    assert "complex64" in sentence(path)
    tifffile.imwrite(path, np.ones((8, 8), np.uint8), photometric="minisblack")
    kind = struct.pack("<HHIH", 262, 3, 1, 1)  # the photometric interpretation becomes one that nobody knows
    path.write_bytes(path.read_bytes().replace(kind, struct.pack("<HHIH", 262, 3, 1, 77)))
    assert "cannot be read" in sentence(path)
    tifffile.imwrite(path, np.ones((16, 16, 16), np.uint8), volumetric=True, tile=(16, 16, 16))
    assert "axes" in sentence(path)
