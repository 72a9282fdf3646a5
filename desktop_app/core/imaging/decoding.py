"""What every reader of files hands back, and how it puts stored pixels upright without a second copy."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Depth, Raster

# What Pillow, tifffile and imagecodecs raise on files that are cut short or damaged.
DAMAGE = (
    OSError, SyntaxError, ValueError, RuntimeError, EOFError, LookupError, TypeError, ArithmeticError,
    struct.error, zlib.error,
)
DAMAGED = "The file is cut short or damaged"
"""How the sentence begins that a file is given of which a part is lost."""
GAPS_NOTE = "The file has bytes missing inside: parts of the picture may be shifted or grey."
END_NOTE = "The end of the file is missing: the picture is whole, but what the file said behind it may be lost."
_WHOLE_BITS, _WHOLE = 16, 65535
_SAMPLE = 1 << 20
_BYTES = {"8": 1, "16": 2, "32f": 4}
_DTYPES: dict[Depth, type[np.generic]] = {"8": np.uint8, "16": np.uint16, "32f": np.float32}


@dataclass(frozen=True)
class PhotoInfo:
    """What a file's header says of the upright picture in it.

    ``format`` is a name such as ``"JPEG"``, ``channels`` 1 or 3, ``depth`` the bits per value after opening, ``bands``
    how many there are to choose from, 1 where there is no choice.
    """

    width: int
    height: int
    channels: int
    has_alpha: bool
    depth: Depth
    format: str
    bands: int = 1

    @property
    def bytes_in_memory(self) -> int:
        """Bytes of the raster, alpha included, once it is open."""
        return self.width * self.height * (self.channels + self.has_alpha) * _BYTES[self.depth]


@dataclass(frozen=True)
class Decoder:
    """An identified file, its header read and its pixels not yet.

    ``working_bytes`` is what reading needs beyond the raster itself; ``read`` returns the upright raster and what
    travels beside it; ``most_pixels`` is how many the file's bytes can stand for at all, None where nobody can say.
    """

    info: PhotoInfo
    working_bytes: int
    read: Callable[[], tuple[Raster, Metadata]]
    most_pixels: int | None = None


def broken_note(names: Iterable[str]) -> str:
    """Return the sentence on parts of a PNG, by their names, that say something of its pixels and cannot be read."""
    parts = ", ".join(dict.fromkeys(names))
    return f"What the file says beside its pixels is damaged in part ({parts}): it is left out."


def missing_note(share: float) -> str:
    """Return the sentence on a picture of which a `share` in [0, 1] could be read; of all of it, on the file's end."""
    if share >= 1:
        return END_NOTE
    return f"{DAMAGED}: about {min(99, round(100 * share))}% of the picture could be read, and the rest is blank."


def is_damaged(metadata: Metadata) -> bool:
    """Return whether pixels of a photo are blank or wrong, since its file is cut short or damaged."""
    return any(note.startswith((DAMAGED, GAPS_NOTE)) for note in metadata.notes)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return width and height after turning pixels that lie as EXIF's `orientation` (1–8) says."""
    return (height, width) if orientation >= 5 else (width, height)


def turned_upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a view of ``(H, W, …)`` pixels of any dtype turned upright."""
    # EXIF 2.32, 4.6.4 A: where row 0 and column 0 of the stored picture are seen.
    view = stored.swapaxes(0, 1) if orientation >= 5 else stored
    rows = slice(None, None, -1) if orientation in (3, 4, 7, 8) else slice(None)
    columns = slice(None, None, -1) if orientation in (2, 3, 6, 7) else slice(None)
    return view[rows, columns]


def laid_as_stored(upright: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a view of upright ``(H, W, …)`` pixels of any dtype as the file stores them: `turned_upright` undone."""
    return turned_upright(upright, {6: 8, 8: 6}.get(orientation, orientation))


def empty_raster(info: PhotoInfo) -> Raster:
    """Return a raster of the header's size and depth: zeros, which take no memory until they are written over."""
    dtype = _DTYPES[info.depth]
    alpha = np.zeros((info.height, info.width), dtype) if info.has_alpha else None
    return Raster(np.zeros((info.height, info.width, info.channels), dtype), alpha)


def raster_from_stored(stored: NDArray[Any], orientation: int, *, has_alpha: bool) -> Raster:
    """Return the upright raster of ``(H, W, C)`` uint8, uint16 or float32 values, whose last channel may be alpha.

    Nothing is copied that already lies as a raster wants it.
    """
    upright = turned_upright(stored, orientation)
    if not has_alpha:
        return Raster(np.ascontiguousarray(upright))
    return Raster(np.ascontiguousarray(upright[..., :-1]), np.ascontiguousarray(upright[..., -1]))


def said_bits(pixels: NDArray[Any], bits: int) -> int:
    """Return `Metadata.full_scale` of uint16 values of any shape that are said to have fewer significant bits.

    Writers that follow PNG's specification scale them to 16 bits; others leave them as they were, below 2 to the bits.
    """
    if not 0 < bits < _WHOLE_BITS:
        return 0
    highest, step = 2**bits - 1, 2 ** (_WHOLE_BITS - bits)
    values = pixels.ravel()[:: max(1, pixels.size // _SAMPLE)]
    scaled = (values.astype(np.uint32) * highest + _WHOLE // 2) // _WHOLE * _WHOLE / highest
    is_scaled = not (values % step).any() or bool(np.abs(values - scaled).max() <= 1)
    return _WHOLE if is_scaled else highest


def scaled_integers(values: NDArray[Any], highest: int, full: int) -> NDArray[Any]:
    """Return uint8 or uint16 values of any shape, of which `highest` is full scale, with `full` as that."""
    if highest == full:
        return values
    table = (np.arange(65536, dtype=np.uint64).clip(0, highest) * full + highest // 2) // highest
    scaled: NDArray[Any] = table.astype(np.uint8 if full == 255 else np.uint16)[values]
    return scaled
