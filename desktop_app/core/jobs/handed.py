"""The numbers that a tool is handed: the photo's own, sRGB's or linear light; and its picture in the photo's again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.core.imaging.photo_space import LIGHT, SRGB_SPACE, PhotoSpace, in_strips, photo_space

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.descriptors import Encoding, Tool

__all__ = ["OWN_NUMBERS", "Passage", "passage", "space_for"]

OWN_NUMBERS = ("The photo's colour profile is more than primaries and a curve per channel, or not one of its colours: "
               "the tool, which assumes sRGB, was given the photo's own numbers.")
"""What is said of a step whose photo could not be turned into what its tool assumes."""


@dataclass(frozen=True)
class Passage:
    """Between the space that a photo's numbers are of and the one that its tool wants; nothing where these are one."""

    given: PhotoSpace
    wanted: PhotoSpace

    @property
    def pictures_beside(self) -> int:
        """How many more pictures are held while the tool works: the photo's own numbers, where it is handed others."""
        return int(self.given is not self.wanted)

    def into(self, images: Tensor) -> Tensor:
        """Return the photo's own numbers ``(N, C, H, W)`` float32 as those that the tool wants."""
        if self.given is self.wanted:
            return images
        return in_strips(lambda part: self.wanted.numbers(self.given.light(part)), images)

    def back(self, made: Tensor, own: Tensor, handed: Tensor) -> Tensor:
        """Return a tool's picture ``(N, C, H, W)`` float32 in the photo's own numbers.

        Parameters
        ----------
        made : Tensor
            The picture, of any size.
        own : Tensor
            The photo's numbers.
        handed : Tensor
            What `into` made of them.

        Notes
        -----
        Of the photo's size, it is the change that is taken over: where the tool changed nothing, nothing is changed,
        and what rounding to float32 takes from the way there and back (in a vivid colour's darkest channel, up to a
        fifth of a level of 8 bits) is taken from no pixel.
        """
        if self.given is self.wanted or made.shape[1] != own.shape[1]:
            return made
        return in_strips(self._own, made) if made.shape != own.shape else in_strips(self._changed, made, own, handed)

    def _own(self, made: Tensor) -> Tensor:
        return self.given.numbers(self.wanted.light(made))

    def _changed(self, made: Tensor, own: Tensor, handed: Tensor) -> Tensor:
        now, before = self._own(made), self._own(handed)
        changed = own + (now - before)
        return changed if before.isfinite().all() else now.where(~before.isfinite(), changed)


def passage(encoding: Encoding, given: PhotoSpace) -> Passage:
    """Return the passage from numbers of a space to what a tool's descriptor asks for."""
    return Passage(given, {"srgb": SRGB_SPACE, "linear": LIGHT}.get(encoding, given))


def space_for(tool: Tool, icc: bytes | None, channels: int) -> tuple[PhotoSpace, tuple[str, ...]]:
    """Return the space of a photo's numbers for a tool, and what is to be said where they had to pass for sRGB's.

    Parameters
    ----------
    icc : bytes or None
        The photo's profile.
    channels : int
        1 or 3.
    """
    found = photo_space(icc, channels)
    if found is not None:
        return found, ()
    return SRGB_SPACE, () if tool.encoding == "encoded" else (OWN_NUMBERS,)
