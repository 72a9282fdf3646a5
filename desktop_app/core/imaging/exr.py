"""OpenEXR, of films and renderers: linear light, kept as encoded sRGB with all that is brighter than white."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.claims import DEFLATE_RATIO
from desktop_app.core.imaging.colour import linear_to_srgb
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo
from desktop_app.core.imaging.extras import library
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.unheard import unheard
from desktop_app.numerics.primaries import REC709, into_rec709

__all__ = ["EXR", "exr_decoder", "is_exr"]

EXR = "OpenEXR"
_MAGIC = b"\x76\x2f\x31\x01"
_BY_DEFLATE = ("NO", "RLE", "ZIPS", "ZIP", "PXR24")  # and what is no denser; of the others nobody can say
_ROWS = 256  # that are worked on at a time
_LIGHT = ("The file holds linear light: it is shown, and saved, as sRGB; what is brighter than white is kept in a "
          "TIFF of 32 bits.")  # fmt: skip
_BEYOND = "The file's picture goes beyond its frame: what lies outside is left out."


@dataclass(frozen=True)
class _Window:
    """Where pixels lie: the first and the one behind the last, in the file's own coordinates."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        return self.right - self.left, self.bottom - self.top


def is_exr(header: bytes) -> bool:
    """Say whether a file that begins with `header` is an OpenEXR."""
    return header.startswith(_MAGIC)


def exr_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of an OpenEXR: of several parts and layers, the first that has colours, else grey, else data.

    Raises
    ------
    InputError
        If the extra library is not installed.
    ValueError
        If the file is damaged, or its pixels are deep (many samples each).
    """
    openexr = library("OpenEXR", "OpenEXR files")
    headers = [part.header for part in _parts(openexr, file, header_only=True)]
    chosen = [_chosen(_names(header)) for header in headers]
    number = min(range(len(chosen)), key=lambda place: -len(chosen[place][0]))  # the first of those with most colours
    header, (names, alpha) = headers[number], chosen[number]
    if not names:
        raise ValueError("it has no channel of whole size, or its pixels are deep")
    frame, window = _window(header["displayWindow"]), _window(header["dataWindow"])
    info = PhotoInfo(*frame.size, len(names), bool(alpha), "32f", EXR)
    is_light = len(names) == 3 or names == ("Y",)
    notes = [*_beside(header, (*names, alpha), len(headers)), *([_LIGHT] if is_light else []),
             *([_BEYOND] if _is_beyond(window, frame) else [])]  # fmt: skip
    metadata = Metadata(format=EXR, depth="32f", comment=_comment(header), numbers="" if is_light else "float32",
                        notes=tuple(notes))  # fmt: skip

    def read() -> tuple[Raster, Metadata]:
        parts = _parts(openexr, file, separate_channels=True)
        if len(parts) != len(headers):
            raise ValueError("its end is missing")
        channels = parts[number].channels
        pixels = _placed([channels[name].pixels for name in names], window, frame)
        plane = _placed([channels[alpha].pixels], window, frame)[..., 0] if alpha else None
        if is_light:
            _encode(pixels, plane, header.get("chromaticities") or REC709)
        return Raster(pixels, None if plane is None else np.ascontiguousarray(plane.clip(0, 1))), metadata

    by_deflate = header["compression"].name.removesuffix("_COMPRESSION") in _BY_DEFLATE and window == frame
    most = file.seek(0, 2) * DEFLATE_RATIO if by_deflate else None
    return Decoder(info, 2 * info.bytes_in_memory, read, most)


def _parts(openexr: Any, file: BinaryIO, **options: bool) -> list[Any]:
    """Return a file's parts; the library prints what it finds damaged, which is told by who opens the file."""
    file.seek(0)
    with redirect_stdout(StringIO()), unheard():
        return list(openexr.File(file, **options).parts)


def _names(header: Any) -> list[str]:
    """Return the channels that have a value for each pixel; none of a deep picture."""
    if "deep" in str(header.get("type", "")):
        return []
    return [one.name for one in header["channels"] if (one.xSampling, one.ySampling) == (1, 1)]


def _chosen(names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the channels that are shown, and that of their alpha, empty for none."""
    layers = dict.fromkeys(["", *(name[: name.rfind(".") + 1] for name in names)])
    for layer in layers:
        colours = tuple(layer + letter for letter in "RGB")
        if set(colours) <= set(names):
            return colours, f"{layer}A" if f"{layer}A" in names else ""
    if "Y" in names:
        return ("Y",), "A" if "A" in names else ""
    return tuple(names[:1]), ""


def _window(corners: Any) -> _Window:
    (left, top), (right, bottom) = ((int(value) for value in corner) for corner in corners)
    if right < left or bottom < top:
        raise ValueError("its header names a picture without pixels")
    return _Window(left, top, right + 1, bottom + 1)


def _is_beyond(window: _Window, frame: _Window) -> bool:
    return (window.left < frame.left or window.top < frame.top or window.right > frame.right
            or window.bottom > frame.bottom)  # fmt: skip


def _placed(channels: Sequence[NDArray[Any]], window: _Window, frame: _Window) -> NDArray[np.float32]:
    """Return ``(H, W, C)`` float32 of the frame: what the file does not hold is black, and what lies outside is cut."""
    width, height = frame.size
    pixels = np.zeros((height, width, len(channels)), np.float32)
    left, top = max(window.left, frame.left), max(window.top, frame.top)
    right, bottom = min(window.right, frame.right), min(window.bottom, frame.bottom)
    if left < right and top < bottom:
        held = np.s_[top - window.top : bottom - window.top, left - window.left : right - window.left]
        shown = np.s_[top - frame.top : bottom - frame.top, left - frame.left : right - frame.left]
        for number, channel in enumerate(channels):
            pixels[(*shown, number)] = channel[held]
    return pixels


def _encode(pixels: NDArray[np.float32], alpha: NDArray[np.float32] | None, chromaticities: Sequence[float]) -> None:
    """Turn light ``(H, W, C)`` float32 into sRGB in place: freed of its alpha, between primaries, encoded.

    OpenEXR's colours are multiplied by alpha; where that is 0 they glow, and are left.
    """
    matrix = into_rec709(chromaticities) if pixels.shape[2] == 3 else None
    for top in range(0, len(pixels), _ROWS):
        rows = pixels[top : top + _ROWS]
        if alpha is not None:
            share = alpha[top : top + _ROWS, :, None]
            np.divide(rows, share, out=rows, where=share > 0)
        if matrix is not None:
            rows[...] = rows @ matrix.T.astype(np.float32)
        rows[...] = linear_to_srgb(rows)


def _beside(header: Any, shown: Sequence[str], parts: int) -> list[str]:
    """Return what the file holds and is not shown, in sentences."""
    others = [one.name for one in header["channels"] if one.name not in shown]
    notes = []
    if others:
        notes.append(f"The file has further channels ({', '.join(others)}): a saved result does not hold them.")
    if parts > 1:
        notes.append(f"The file has {parts} parts: one is shown, and a saved result holds no other.")
    return notes


def _comment(header: Any) -> bytes | None:
    words = header.get("comments")
    return words.encode() if isinstance(words, str) and words else None
