"""Size is judged before memory: by what is free, and by what the file's bytes can stand for."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import imagecodecs
import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk

SIDE = 50_000
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is read from /proc")
# Run apart: opens a file and says how much more memory than before was touched, and what came of it.
MEASURE = """
import json, sys
import PIL.Image, imagecodecs, numpy, psutil, tifffile
from desktop_app.api.errors import InputError
from desktop_app.core.imaging.files import open_photo
imagecodecs.png_decode, imagecodecs.zstd_decode
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
before = peak()
try:
    said = str(open_photo(sys.argv[1]).raster.pixels.shape)
except InputError as error:
    said = str(error)
print(json.dumps([peak() - before, said]))
"""


def measured(path: Path) -> tuple[float, str]:
    """Return how many MiB opening a file took in a process of its own, and what was said."""
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    grown, said = json.loads(done.stdout.splitlines()[-1])
    return float(grown), str(said)


def tiff(side: int, compression: int, body: bytes, *, rows: int, bits: int = 8, tile: int = 0) -> bytes:
    """Return a TIFF that claims `side` x `side` grey pixels, and has one strip or tile with `body` in it."""
    pieces = [(322, 3, tile), (323, 3, tile), (324, 4, 0), (325, 4, len(body))] if tile else [
        (273, 4, 0), (278, 4, rows), (279, 4, len(body))]
    tags = sorted([
        (256, 4, side), (257, 4, side), (258, 3, bits), (259, 3, compression), (262, 3, 1), (277, 3, 1), *pieces])
    start = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value or start) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + body


def jpeg(side: int) -> bytes:
    """Return a small JPEG whose header claims `side` x `side` pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def gif(side: int) -> bytes:
    """Return a small GIF whose canvas claims `side` x `side` pixels."""
    buffer = io.BytesIO()
    Image.new("P", (64, 64)).save(buffer, "GIF")
    data = bytearray(buffer.getvalue())
    data[6:10] = struct.pack("<HH", side, side)
    return bytes(data)


def jpeg2000(side: int) -> bytes:
    """Return a small JPEG 2000 whose header claims `side` x `side` pixels in one tile."""
    data = bytearray(imagecodecs.jpeg2k_encode(np.zeros((64, 64, 3), np.uint8), codecformat="jp2"))
    box, size = data.index(b"ihdr"), data.index(b"\xff\x51")
    data[box + 4 : box + 12] = struct.pack(">II", side, side)
    data[size + 6 : size + 14] = data[size + 22 : size + 30] = struct.pack(">II", side, side)
    return bytes(data)


def webp(side: int, **options: object) -> bytes:
    """Return a small lossy WebP whose header claims `side` x `side` pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "WEBP", **options)
    data = bytearray(buffer.getvalue())
    frame = data.index(b"\x9d\x01\x2a")
    data[frame + 3 : frame + 7] = struct.pack("<HH", side, side)
    if b"VP8X" in data:
        data[24:27] = data[27:30] = struct.pack("<I", side - 1)[:3]
    return bytes(data)


def png(side: int, bits: int) -> bytes:
    """Return a small PNG whose header claims `side` x `side` pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, 2, 0, 0, 0))
    return SIGNATURE + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


BOMBS = {
    "uncompressed.tif": lambda: tiff(SIDE, 1, bytes(268), rows=SIDE),
    "deflate.tif": lambda: tiff(SIDE, 8, zlib.compress(bytes(100_000)), rows=SIDE),
    "rows.tif": lambda: tiff(SIDE, 8, zlib.compress(bytes(SIDE)), rows=1),
    "tiles.tif": lambda: tiff(SIDE, 50000, imagecodecs.zstd_encode(bytes(256)), rows=0, tile=16),
    "zstd.tif": lambda: tiff(SIDE, 50000, imagecodecs.zstd_encode(bytes(SIDE)), rows=SIDE),
    "fax.tif": lambda: tiff(SIDE, 4, bytes(240), rows=SIDE, bits=1),
    "8.png": lambda: png(20_000, 8),
    "16.png": lambda: png(15_000, 16),
    "a.jpg": lambda: jpeg(SIDE),
    "a.gif": lambda: gif(SIDE),
    "a.jp2": lambda: jpeg2000(30_000),
    "a.webp": lambda: webp(16_000),
    "profile.webp": lambda: webp(16_000, icc_profile=bytes(1001), exif=b"Exif"),
    "a.ppm": lambda: b"P6 30000 30000 255\n" + bytes(300),
}


@LINUX
@pytest.mark.parametrize("name", BOMBS)
def test_a_few_bytes_that_claim_a_huge_picture_are_refused_without_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_bytes(BOMBS[name]())
    grown, said = measured(tmp_path / name)
    assert said.startswith("expected ")
    assert "\n" not in said
    assert grown < 300


def test_the_sentence_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(SIDE, 1, bytes(268), rows=SIDE))
    with pytest.raises(InputError, match=f"its {path.stat().st_size} bytes cannot hold the 50000×50000 pixels"):
        open_photo(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "lossy.webp", "gif", "tif"])
@pytest.mark.parametrize("value", [0, 255])
def test_a_picture_of_one_colour_is_no_hoax(tmp_path: Path, suffix: str, value: int) -> None:
    path = tmp_path / f"a.{suffix}"
    values = np.full((9000, 9000), value, np.uint8)
    if suffix == "tif":
        tifffile.imwrite(path, values, compression="deflate", compressionargs={"level": 9}, rowsperstrip=9000)
    else:
        options = {"png": {"compress_level": 9}, "jpg": {"optimize": True, "progressive": True, "quality": 1},
                   "webp": {"lossless": True, "method": 0}, "lossy.webp": {"quality": 0, "method": 2},
                   "gif": {}}[suffix]
        Image.fromarray(values).save(path, **options)
    raster = open_photo(path).raster
    assert raster.pixels.shape[:2] == values.shape
    off = {"jpg": 1, "lossy.webp": 3}.get(suffix, 0)
    assert abs(int(raster.pixels.min()) - value) <= off
    assert abs(int(raster.pixels.max()) - value) <= off


def test_a_picture_that_memory_cannot_hold_is_refused_with_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (4000, 4000)).save(path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=50_000_000))
    with pytest.raises(InputError, match=r"4000×4000 pixels need 0.1 GB and 0.1 GB are free"):
        open_photo(path)


@LINUX
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_samples_that_are_not_shown_are_not_decoded(tmp_path: Path, planes: str, compression: str | None) -> None:
    path = tmp_path / "a.tif"
    values = np.zeros((400, 500, 1000), np.uint8)
    values[..., 0] = 7
    stored = values if planes == "contig" else np.moveaxis(values, -1, 0)
    tifffile.imwrite(
        path, stored, photometric="minisblack", planarconfig=planes, compression=compression, rowsperstrip=4,
        extrasamples=["unspecified"] * 999, compressionargs={"level": 1} if compression else None)
    grown, said = measured(path)
    assert said == "(400, 500, 3)"
    assert grown < 100  # all samples are 200 MB
    photo = open_photo(path)
    assert (photo.raster.pixels[..., 0] == 7).all()
    assert "1000 bands" in photo.metadata.notes[0]


@LINUX
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "jp2", "avif"])
def test_what_opening_takes_is_what_was_forecast(tmp_path: Path, suffix: str) -> None:
    from desktop_app.core.imaging.files import _decoder

    path = tmp_path / f"a.{suffix}"
    picture = Image.effect_noise((1600, 1600), 30).convert("RGB")
    picture.save(path, **({"speed": 10} if suffix == "avif" else {}))
    with path.open("rb") as file:
        decoder = _decoder(file, path)
        needed = (decoder.info.bytes_in_memory + decoder.working_bytes) / 2**20
    grown, _ = measured(path)
    assert grown < 1.15 * needed + 30
    assert needed < 4 * grown + 100
