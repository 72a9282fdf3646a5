"""The user's photos: read whatever can be, a part of them kept from all training to compare by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.suffixes import READABLE
from desktop_app.numerics.filters import reduce
from training.photos import read_photo

__all__ = ["LEAST", "Own", "Seen", "middle", "own_photos", "reduced"]

LEAST = 6
"""Photos of a folder: four to learn from, two to compare by."""
_MOST = 60  # photos of a folder: more teach little more, and fill the memory
_HELD = 4  # every fourth is held out
_PIXELS = 1 << 20  # of a photo that is learnt from


@dataclass(frozen=True)
class Seen:
    """A photo ``(3, H, W)`` uint8 by its name."""

    name: str
    pixels: Tensor


@dataclass(frozen=True)
class Own:
    """A folder's photos: to learn from, to compare by, and sentences about those that are left out."""

    learnt: Sequence[Seen]
    held: Sequence[Seen]
    notes: Sequence[str]

    @property
    def digest(self) -> str:
        """What decides what is learnt from them: all names and pixels."""
        sum_of = hashlib.sha256()
        for one in (*self.learnt, *self.held):
            sum_of.update(f"{one.name} {tuple(one.pixels.shape)}".encode())
            sum_of.update(one.pixels.numpy().tobytes())
        return sum_of.hexdigest()


def own_photos(folder: Path, kind: str, least: int, cut: Callable[[Tensor], Tensor]) -> Own:
    """Read the photos of a folder; grey ones have their plane three times, those that cannot be used are told.

    Parameters
    ----------
    folder : Path
        Whose photos, not those of its folders.
    kind : str
        What they are, for sentences: ``dark``, ``well-lit``, ``noisy``.
    least : int
        Pixels that their shorter side must have.
    cut : callable
        Makes a large photo ``(3, H, W)`` uint8 one of about a megapixel: `reduced` or `middle`.

    Raises
    ------
    InputError
        If there is no such folder, or too few photos in it can be used.
    """
    if not folder.is_dir():
        raise InputError(f"expected a folder of {kind} photos, found none at {str(folder)!r}; check the name")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE and path.is_file())
    seen, notes = list[Seen](), list[str]()
    for path in files[:: max(1, -(-len(files) // _MOST))]:
        try:
            pixels = cut(read_photo(path))
        except InputError as error:
            notes.append(f"{path.name} is left out, for it cannot be read: {error}")
            continue
        if min(pixels.shape[1:]) < least:
            notes.append(f"{path.name} is left out: expected {least} pixels a side or more, got "
                         f"{pixels.shape[2]}×{pixels.shape[1]}")
        else:
            seen.append(Seen(path.name, pixels))
    if len(seen) < LEAST:
        left = f" ({len(notes)} more cannot be used; the first: {notes[0]})" if notes else ""
        raise InputError(f"expected {LEAST} {kind} photos or more in {str(folder)!r}, got {len(seen)}{left}; add some: "
                         "a network that is tuned to a handful of scenes forgets all others")
    held = [one for place, one in enumerate(seen) if place % _HELD == 1]
    return Own([one for place, one in enumerate(seen) if place % _HELD != 1], held, notes)


def reduced(photo: Tensor) -> Tensor:
    """Return a photo ``(3, H, W)`` uint8 with all of its scene, in a megapixel at most."""
    factor = 1
    while photo.shape[1] * photo.shape[2] > _PIXELS * factor**2:
        factor += 1
    return reduce(photo[None].float(), factor)[0].round().to(torch.uint8)


def middle(photo: Tensor) -> Tensor:
    """Return the middle of a photo ``(3, H, W)`` uint8, its noise pixel for pixel, of a megapixel at most."""
    side = int(_PIXELS**0.5)
    top, left = (max(0, (length - side) // 2) for length in photo.shape[1:])
    return photo[:, top : top + side, left : left + side].contiguous()
