"""What a JPEG XL's codestream begins with: size, depth and colours, which its decoder does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.core.imaging.rgb_space import RgbSpace
from desktop_app.numerics.primaries import REC709

__all__ = ["CODESTREAM", "Header", "header_of", "in_space"]

CODESTREAM = b"\xff\x0a"
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_RGB, _GREY, _XYB, _CUSTOM, _ALPHA, _SPOT, _CFA = 0, 1, 2, 2, 0, 2, 5
_REC709, _D65, _SRGB, _RELATIVE = 1, 1, 13, 1
_USUAL_CURVES = (1, _SRGB)
_GAMMA, _MILLION = 1e7, 1e6
_POINTS = ((0, 19), (524_288, 19), (1_048_576, 20), (2_097_152, 21))
_WHITES = {1: REC709[6:], 10: (1 / 3, 1 / 3), 11: (0.314, 0.351)}
_PRIMARIES = {
    _REC709: (REC709[:2], REC709[2:4], REC709[4:6]), 9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}  # fmt: skip
Choice = tuple[int, int]  # a number and how many bits are added to it


@dataclass(frozen=True)
class Header:
    """What the first bytes of a codestream say.

    ``colour`` is primaries and curve as in ITU-T H.273, ``space`` what they or numbers of their own come to, where that
    is a space with a profile; both none for sRGB. ``places`` are the bits at which the words on all (1 bit), the
    colours, and what comes after these begin.
    """

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
    space: RgbSpace | None = None
    places: tuple[int, int, int] = (0, 0, 0)


class Bits:
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


def header_of(codestream: bytes) -> Header:
    """Read what a codestream begins with (ISO/IEC 18181-1, annex D), up to the curve of its colours.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    if not codestream.startswith(CODESTREAM):
        raise ValueError("it holds no picture")
    bits = Bits(codestream[2:512])
    width, height = _size(bits)
    begun = bits.place
    if bits.flag():
        return Header(width, height, places=(begun, 0, 0))
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
    colours = bits.place
    is_grey, has_profile, colour, space = _colour(bits)
    return Header(
        width, height, orientation, depth, is_float, is_moving, _ALPHA in channels, is_grey, has_profile, colour, space,
        (begun, colours, bits.place))


def _size(bits: Bits) -> tuple[int, int]:
    is_small = bits.flag()

    def side() -> int:
        return 8 * (1 + bits.take(5)) if is_small else bits.one_of((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = bits.take(3)
    if ratio == 0:
        return side(), height
    across, down = _RATIOS[ratio]
    return height * across // down, height


def _preview(bits: Bits) -> None:
    is_small = bits.flag()
    kinds = ((16, 0), (32, 0), (1, 5), (33, 9)) if is_small else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.one_of(*kinds)
    if bits.take(3) == 0:
        bits.one_of(*kinds)


def _timing(bits: Bits) -> None:
    bits.one_of((100, 0), (1000, 0), (1, 10), (1, 30))
    bits.one_of((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.one_of((0, 0), (0, 3), (0, 16), (0, 32))
    bits.flag()


def _depth(bits: Bits) -> tuple[int, bool]:
    is_float = bits.flag()
    depth = bits.one_of(*(((32, 0), (16, 0), (24, 0), (1, 6)) if is_float else ((8, 0), (10, 0), (12, 0), (1, 6))))
    if is_float:
        bits.take(4)
    return depth, is_float


def _extra(bits: Bits) -> int:
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


def _colour(bits: Bits) -> tuple[bool, bool, tuple[int, int] | None, RgbSpace | None]:
    """Return whether it is grey, has a profile that is not told, and what primaries and curve are if not sRGB's."""
    if bits.flag():
        return False, False, None, None
    has_profile, space = bits.flag(), bits.named()
    if has_profile or space == _XYB:
        return space == _GREY, has_profile, None, None
    white = bits.named()
    points = [_WHITES.get(white) if white != _CUSTOM else _point(bits)]
    primaries = _REC709
    if space != _GREY:
        primaries = bits.named()
        told = _PRIMARIES.get(primaries, (None,))
        points = [*([_point(bits) for _ in range(3)] if primaries == _CUSTOM else told), *points]
    has_gamma = bits.flag()
    curve = bits.take(24) if has_gamma else bits.named()
    bits.named()  # intent
    is_numbered = not has_gamma and _CUSTOM not in (white, primaries)
    is_usual = is_numbered and primaries == _REC709 and curve in _USUAL_CURVES
    is_known = space != _GREY and None not in points and (curve > 0 if has_gamma else curve == _SRGB)
    if is_known and not is_usual:
        gamma = round(_GAMMA / curve, 3) if has_gamma else None
        flat = tuple(value for point in points if point is not None for value in point)
        return False, False, None, RgbSpace(flat, gamma)
    return space == _GREY, not is_numbered, (primaries, curve) if is_numbered and not is_usual else None, None


def _point(bits: Bits) -> tuple[float, float]:
    """Return x and y, which are told in millionths, the sign in the last bit."""
    packed = [bits.one_of(*_POINTS) for _ in range(2)]
    x, y = ((value >> 1 if value % 2 == 0 else -(value + 1 >> 1)) / _MILLION for value in packed)
    return x, y


def in_space(codestream: bytes, space: RgbSpace) -> bytes:
    """Return a still codestream as imagecodecs writes it, but said to be of a space; floats are said to be 8 bits.

    Only what is lossy may be said to be of other numbers than it was made of.

    Raises
    ------
    ValueError
        If its header holds more than that encoder writes.
    """
    header = header_of(codestream)
    begun, colours, after = header.places
    known, rest = Bits(codestream[2:512]), Bits(codestream[2:512])
    out = _BitsOut()
    out.put(known.take(begun), begun)
    if header.is_float:
        for count in (1, 1, 1, 2, 1, 2):  # not all is usual, nothing further; 8 bits, in wide numbers, no alpha
            out.put(0, count)
        out.put(1, 1)  # XYB
    else:
        out.put(known.take(colours - begun), colours - begun)
    _put_space(out, space, is_grey=header.is_grey)
    rest.take(after)
    if not begun < colours < after or rest.take(2) or not rest.flag():
        raise ValueError("its header holds more than is expected")
    out.put(0, 2)  # no extensions
    out.put(1, 1)  # the usual weights
    return codestream[:2] + out.bytes() + codestream[2 + (rest.place + 7) // 8 :]


def _put_space(out: _BitsOut, space: RgbSpace, *, is_grey: bool) -> None:
    out.put(0, 2)  # not all is usual; no profile
    out.name(_GREY if is_grey else _RGB)
    out.name(_D65 if space.chromaticities[6:] == REC709[6:] else _CUSTOM)
    if space.chromaticities[6:] != REC709[6:]:
        _put_point(out, space.chromaticities[6:])
    if not is_grey:
        out.name(_REC709 if space.chromaticities == REC709 else _CUSTOM)
        for place in (0, 2, 4) if space.chromaticities != REC709 else ():
            _put_point(out, space.chromaticities[place : place + 2])
    out.put(int(space.gamma is not None), 1)
    if space.gamma is None:
        out.name(_SRGB)
    else:
        out.put(round(_GAMMA / space.gamma), 24)
    out.name(_RELATIVE)


def _put_point(out: _BitsOut, point: Sequence[float]) -> None:
    for value in point:
        whole = round(value * _MILLION)
        packed = 2 * whole if whole >= 0 else -2 * whole - 1
        choice = next(index for index, (base, count) in enumerate(_POINTS) if base <= packed < base + (1 << count))
        out.put(choice, 2)
        out.put(packed - _POINTS[choice][0], _POINTS[choice][1])


class _BitsOut:
    """Bits that are put behind each other, the least first."""

    def __init__(self) -> None:
        self._value = self._count = 0

    def put(self, value: int, count: int) -> None:
        self._value |= value << self._count
        self._count += count

    def name(self, value: int) -> None:
        """Put what `Bits.named` reads, of those below 18."""
        choice = min(value, 2)
        out = (value - 2, 4) if choice == 2 else (0, 0)
        self.put(choice, 2)
        self.put(*out)

    def bytes(self) -> bytes:
        return self._value.to_bytes((self._count + 7) // 8, "little")
