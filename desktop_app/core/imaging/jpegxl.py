"""JPEG XL: its pixels through imagecodecs, and what its header and boxes say, which that does not tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.boxes import boxes
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, raster_from_stored, scaled_integers
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.png_chunks import chunk
from desktop_app.core.imaging.raster import Depth, Raster

__all__ = ["is_jpegxl", "jpegxl_decoder", "jpegxl_file"]

_CODESTREAM, _CONTAINER = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_BYTES_PER_PIXEL = 40  # of the float planes that its decoder holds
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_GREY, _XYB, _CUSTOM, _ALPHA, _SPOT, _CFA = 1, 2, 2, 0, 2, 5
_LINEAR, _SRGB = 8, 13
_USUAL_CURVES = (1, _SRGB)
_PROFILE_NOTE = "The file's own colour profile cannot be read: the colours are taken for sRGB."
_MOVING = "The file has several frames: the first is shown, and a saved result holds no other."
Choice = tuple[int, int]  # a number and how many bits are added to it


@dataclass(frozen=True)
class _Header:
    """What the first bytes of a codestream say. ``colour`` is primaries and curve as in ITU-T H.273."""

    width: int
    height: int
    orientation: int = 1
    bits: int = 8
    is_float: bool = False
    is_moving: bool = False
    has_alpha: bool = False
    is_grey: bool = False
    has_profile: bool = False
    colour: tuple[int, int] | None = None


def is_jpegxl(header: bytes) -> bool:
    """Say whether a file that begins with `header` is a JPEG XL, bare or in its container."""
    return header.startswith((_CODESTREAM, _CONTAINER))


def jpegxl_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of the first frame of a JPEG XL.

    Raises
    ------
    ValueError
        If its header is damaged.
    """
    file.seek(0)
    data = file.read()
    parts = list(boxes(data)) if data.startswith(_CONTAINER) else [(b"jxlc", data)]
    header = _header(next((part[4:] if name == b"jxlp" else part for name, part in parts
                           if name in (b"jxlc", b"jxlp")), b""))
    depth: Depth = "32f" if header.is_float else "16" if header.bits > 8 else "8"
    size = (header.height, header.width) if header.orientation > 4 else (header.width, header.height)
    info = PhotoInfo(*size, 1 if header.is_grey else 3, header.has_alpha, depth, "JPEG XL")
    metadata = _metadata_of(header, parts, depth)

    def read() -> tuple[Raster, Metadata]:
        import imagecodecs

        values: NDArray[Any] = imagecodecs.jpegxl_decode(data, index=0)  # turned upright
        values = values.reshape(info.height, info.width, -1)
        if header.is_float:
            values = values.astype(np.float32)
        elif header.bits > 8 and values.dtype != np.uint16:
            raise ValueError(f"{values.dtype} numbers came of {header.bits} bits")
        elif header.bits not in (8, 16):
            values = scaled_integers(values, 2**header.bits - 1, 255 if depth == "8" else 65535)
        return raster_from_stored(values, 1, has_alpha=header.has_alpha), metadata

    return Decoder(info, info.width * info.height * _BYTES_PER_PIXEL, read)


def jpegxl_file(values: NDArray[Any], metadata: Metadata, *, quality: int) -> bytes:
    """Return ``(H, W, 1–4)`` uint8 or uint16 sRGB as a JPEG XL with EXIF and XMP.

    A quality of 100 is lossless, and so are 16 bits.
    """
    import imagecodecs

    squeezed = np.ascontiguousarray(values[..., 0] if values.shape[-1] == 1 else values)
    distance = 0.1 + (100 - quality) * 0.09  # 0.55 at 95, 1 at 90: what libjxl makes of these qualities
    is_exact = quality == 100 or values.dtype != np.uint8
    options: dict[str, Any] = {"lossless": True} if is_exact else {"distance": distance}
    data = _called_srgb(bytes(imagecodecs.jpegxl_encode(squeezed, usecontainer=True, **options)))
    if metadata.exif:
        data += _box(b"Exif", bytes(4) + metadata.exif)
    return data + _box(b"xml ", metadata.xmp) if metadata.xmp else data


def _called_srgb(data: bytes) -> bytes:
    """Return a container whose codestream, which the encoder calls linear light when it is deep, is called sRGB."""
    start = data.index(_CODESTREAM, data.index(b"jxlc")) + len(_CODESTREAM)
    bits = _Bits(data[start : start + 512])
    header = _header(data[start - len(_CODESTREAM) :], bits)
    if header.colour is None or header.colour[1] != _LINEAR:
        return data
    # The curve's number is the last that was read: four bits of what it is more than two.
    patched = int.from_bytes(data[start : start + 512], "little")
    patched ^= ((_LINEAR - 2) ^ (_SRGB - 2)) << (bits.place - 4)
    return data[:start] + patched.to_bytes(len(data[start : start + 512]), "little") + data[start + 512 :]


def _box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def _metadata_of(header: _Header, parts: list[tuple[bytes, bytes]], depth: Depth) -> Metadata:
    said = {name: content for name, content in parts if name in (b"Exif", b"xml ")}
    for name, content in parts:
        if name == b"brob" and content[:4] in (b"Exif", b"xml "):
            import imagecodecs

            said[content[:4]] = bytes(imagecodecs.brotli_decode(content[4:]))
    exif = said.get(b"Exif", b"")
    metadata = Metadata(
        exif=bare_exif(exif[4 + int.from_bytes(exif[:4], "big") :]), xmp=said.get(b"xml ") or None, format="JPEG XL",
        depth=depth, numbers="float16" if header.is_float and header.bits == 16 else "",
        full_scale=65535 if depth == "16" and header.bits < 16 else 0,
    ).upright()
    if header.colour:
        metadata = replace(metadata, colour=chunk(b"cICP", bytes([*header.colour, 0, 1])))
    notes = [_PROFILE_NOTE] * header.has_profile + [_MOVING] * header.is_moving
    return metadata.noted(*notes)


class _Bits:
    """Numbers of a codestream, the least bit first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left, self.place = int.from_bytes(data, "little"), 8 * len(data), 0

    def take(self, count: int) -> int:
        """Return the next bits as a number; ValueError where there are no more."""
        self._left -= count
        self.place += count
        if self._left < 0:
            raise ValueError("its header is cut short")
        found = self._value & ((1 << count) - 1)
        self._value >>= count
        return found

    def flag(self) -> bool:
        return bool(self.take(1))

    def one_of(self, *choices: Choice) -> int:
        """Return a number of one of four kinds."""
        base, count = choices[self.take(2)]
        return base + self.take(count)

    def named(self) -> int:
        return self.one_of((0, 0), (1, 0), (2, 4), (18, 6))


def _header(codestream: bytes, bits: _Bits | None = None) -> _Header:
    """Read what a codestream begins with (ISO/IEC 18181-1, annex D), up to the curve of its colours."""
    if not codestream.startswith(_CODESTREAM):
        raise ValueError("it holds no picture")
    bits = bits or _Bits(codestream[2:512])
    width, height = _size(bits)
    if bits.flag():
        return _Header(width, height)
    orientation, is_moving = 1, False
    if bits.flag():
        orientation = 1 + bits.take(3)
        if bits.flag():
            _size(bits)
        if bits.flag():
            _preview(bits)
        is_moving = bits.flag()
        if is_moving:
            _timing(bits)
    depth, is_float = _depth(bits)
    bits.flag()
    channels = [_extra(bits) for _ in range(bits.one_of((0, 0), (1, 0), (2, 4), (1, 12)))]
    bits.flag()
    is_grey, has_profile, colour = _colour(bits)
    return _Header(
        width, height, orientation, depth, is_float, is_moving, _ALPHA in channels, is_grey, has_profile, colour)


def _size(bits: _Bits) -> tuple[int, int]:
    is_small = bits.flag()

    def side() -> int:
        return 8 * (1 + bits.take(5)) if is_small else bits.one_of((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = bits.take(3)
    if ratio == 0:
        return side(), height
    across, down = _RATIOS[ratio]
    return height * across // down, height


def _preview(bits: _Bits) -> None:
    is_small = bits.flag()
    kinds = ((16, 0), (32, 0), (1, 5), (33, 9)) if is_small else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.one_of(*kinds)
    if bits.take(3) == 0:
        bits.one_of(*kinds)


def _timing(bits: _Bits) -> None:
    bits.one_of((100, 0), (1000, 0), (1, 10), (1, 30))
    bits.one_of((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.one_of((0, 0), (0, 3), (0, 16), (0, 32))
    bits.flag()


def _depth(bits: _Bits) -> tuple[int, bool]:
    is_float = bits.flag()
    depth = bits.one_of(*(((32, 0), (16, 0), (24, 0), (1, 6)) if is_float else ((8, 0), (10, 0), (12, 0), (1, 6))))
    if is_float:
        bits.take(4)
    return depth, is_float


def _extra(bits: _Bits) -> int:
    """Return the kind of a further channel."""
    if bits.flag():
        return _ALPHA
    kind = bits.named()
    _depth(bits)
    bits.one_of((0, 0), (3, 0), (4, 0), (1, 3))
    bits.take(8 * bits.one_of((0, 0), (0, 4), (16, 5), (48, 10)))
    if kind == _ALPHA:
        bits.flag()
    elif kind == _SPOT:
        bits.take(64)
    elif kind == _CFA:
        bits.one_of((1, 0), (0, 2), (3, 4), (19, 8))
    return kind


def _colour(bits: _Bits) -> tuple[bool, bool, tuple[int, int] | None]:
    """Return whether it is grey, has a profile, and its primaries and curve where these are not sRGB's."""
    if bits.flag():
        return False, False, None
    has_profile, space = bits.flag(), bits.named()
    if has_profile or space == _XYB:
        return space == _GREY, has_profile, None
    white = bits.named()
    if white == _CUSTOM:
        _point(bits)
    primaries = 1
    if space != _GREY:
        primaries = bits.named()
        if primaries == _CUSTOM:
            for _ in range(3):
                _point(bits)
    has_gamma = bits.flag()
    curve = bits.take(24) if has_gamma else bits.named()
    is_told = not has_gamma and _CUSTOM not in (white, primaries)
    is_usual = primaries == 1 and curve in _USUAL_CURVES
    return space == _GREY, not is_told, (primaries, curve) if is_told and not is_usual else None


def _point(bits: _Bits) -> None:
    for _ in range(2):
        bits.one_of((0, 19), (524_288, 19), (1_048_576, 20), (2_097_152, 21))
