"""Damaged files of every format that is read, from a seed; run as a program it opens them and tells what came of each.

A program of its own, because what is looked for are crashes and hangs of decoders, which would take the tests along.
"""

from __future__ import annotations

import io
import json
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import imagecodecs
import numpy as np
import OpenEXR
import pillow_heif
import tifffile
from PIL import Image, ImageCms
from psd_tools import PSDImage

from desktop_app.api.errors import VerilensError
from desktop_app.core.imaging.colour import prophoto_rgb
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.jpegxl import jpegxl_file
from desktop_app.core.imaging.metadata import Metadata

DEEP = np.random.default_rng(0).integers(0, 65536, (40, 56, 3)).astype(np.uint16)
PIXELS = (DEEP >> 8).astype(np.uint8)
PICTURE = Image.fromarray(PIXELS)
CPU_SECONDS, MOST_MEMORY = 5, 2 << 30
_SANITY = 12 << 30  # bytes of addresses: what a decoder that asks for more gets is an error, and not the machine


def through(kind: str, **options: Any) -> bytes:
    """Return the picture as Pillow writes it."""
    buffer = io.BytesIO()
    PICTURE.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(values: Any = DEEP, **options: Any) -> bytes:
    """Return values as a TIFF."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


def dng() -> bytes:
    """Return a camera's bits behind a colour filter."""
    unit = (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)
    return tiff(DEEP[..., 0] >> 4, photometric=32803, metadata=None, extratags=[
        (33421, "H", 2, (2, 2), True), (33422, "B", 4, bytes([0, 1, 1, 2]), True),
        (50706, "B", 4, bytes([1, 4, 0, 0]), True), (50708, "s", 0, b"Test\0", True),
        (50717, "H", 1, 4095, True), (50721, "2i", 9, unit, True),
    ])  # fmt: skip


def heif() -> bytes:
    """Return the picture as a telephone writes it."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(PICTURE).save(buffer)
    return buffer.getvalue()


def openexr() -> bytes:
    """Return the picture as a renderer writes it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.exr"
        OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage},
                     {"RGB": (PIXELS / 255).astype(np.float16)}).write(str(path))  # fmt: skip
        return path.read_bytes()


def photoshop() -> bytes:
    """Return the picture as Photoshop writes it."""
    buffer = io.BytesIO()
    PSDImage.frompil(PICTURE).save(buffer)
    return buffer.getvalue()


def whole() -> dict[str, bytes]:
    """Return a small file of each format by name."""
    exif = Image.Exif()
    exif.update({274: 6, 315: "Ann"})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 0.0)})
    words = {"exif": exif.tobytes(), "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}
    return {
        "jpeg": through("JPEG", **words), "png": through("PNG", **words), "png16": imagecodecs.png_encode(DEEP),
        "webp": through("WEBP", **words), "gif": through("GIF"), "bmp": through("BMP"), "ppm": through("PPM"),
        "ppm16": b"P6 56 40 65535\n" + DEEP.astype(">u2").tobytes(), "avif": through("AVIF", **words),
        "avif10": bytes(imagecodecs.avif_encode(DEEP >> 6, bitspersample=10)), "jp2": through("JPEG2000"),
        "jp2-16": bytes(imagecodecs.jpeg2k_encode(DEEP, level=0)), "jxl": bytes(imagecodecs.jpegxl_encode(PIXELS)),
        "jxl16": bytes(imagecodecs.jpegxl_encode(DEEP, lossless=True)), "tiff": tiff(), "zip": tiff(compression="zlib"),
        "lzw": tiff(PIXELS, compression="lzw", tile=(16, 16)), "cmyk": cmyk(),
        "dng": dng(), "heif": heif(), "psd": photoshop(), "exr": openexr(), "lab": tiff(PIXELS, photometric="cielab"),
        "jxl-wide": jpegxl_file(PIXELS, Metadata(icc=prophoto_rgb()), quality=90),
    }  # fmt: skip


def cmyk() -> bytes:
    """Return the picture in print colours."""
    buffer = io.BytesIO()
    PICTURE.convert("CMYK").save(buffer, "JPEG")
    return buffer.getvalue()


def _cut(data: bytearray, chance: np.random.Generator) -> bytearray:
    return data[: int(chance.integers(1, len(data)))]


def _flipped(data: bytearray, chance: np.random.Generator) -> bytearray:
    for place in chance.integers(0, len(data), int(chance.integers(1, 20))):
        data[place] ^= 1 << int(chance.integers(8))
    return data


def _blanked(data: bytearray, chance: np.random.Generator) -> bytearray:
    place, length = (int(one) for one in chance.integers(0, len(data), 2))
    data[place : place + length // 4] = bytes(len(data[place : place + length // 4]))
    return data


def _lying(data: bytearray, chance: np.random.Generator) -> bytearray:
    """Put a large number near the beginning, where sizes and places stand."""
    place = int(chance.integers(4, min(len(data) - 4, 400)))
    number = int(chance.choice([0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
    data[place : place + 4] = struct.pack(">I" if chance.integers(2) else "<I", number)
    return data


def _mixed(data: bytearray, chance: np.random.Generator) -> bytearray:
    """Move a part elsewhere, twice."""
    begin, place = (int(one) for one in chance.integers(0, len(data), 2))
    part = data[begin : begin + int(chance.integers(1, 200))]
    return data[:place] + part + part + data[place:]


DAMAGES: tuple[Callable[[bytearray, np.random.Generator], bytearray], ...] = (_cut, _flipped, _blanked, _lying, _mixed)


def damaged(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` damaged files with names that say how they were made, each format and damage in turn."""
    files = list(whole().items())
    for index in range(count):
        name, data = files[index % len(files)]
        damage = DAMAGES[index // len(files) % len(DAMAGES)]
        chance = np.random.default_rng((seed, index))
        yield f"{index} {name} {damage.__name__}", bytes(damage(bytearray(data), chance))


def opened(path: Path) -> str:
    """Return what came of opening a file: a sentence, or an empty one where it opened."""
    try:
        photo = open_photo(path)
    except VerilensError as error:
        return str(error)
    assert photo.raster.pixels.size
    return ""


def main(folder: str, count: str, seed: str) -> None:
    """Open damaged files, and print each one's name before and what came of it after."""
    resource.setrlimit(resource.RLIMIT_AS, (_SANITY, _SANITY))
    for name, data in damaged(int(count), int(seed)):
        print(json.dumps({"name": name}), flush=True)
        path = Path(folder) / "photo"
        path.write_bytes(data)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # the processor's time: a busy machine is no hang
        said = opened(path)
        signal.setitimer(signal.ITIMER_PROF, 0)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"said": said, "memory": memory}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
