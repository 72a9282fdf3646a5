"""Say before a run how much memory it will need, and recognise when it did not suffice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from desktop_app.core.texts import bytes_text

if TYPE_CHECKING:
    import torch

_USABLE = 0.6  # of the free memory: the rest is for the window, the document and other programs
_SMALLEST_TILE = 64


@dataclass(frozen=True)
class Forecast:
    """A run's expected need in bytes, beside what is free, and the tile edge that it leads to (None: no tiles).

    ``seconds`` is how long it will take; None where nothing is known of that.
    """

    bytes_needed: int
    bytes_free: int
    tile: int | None
    seconds: float | None = None

    @property
    def is_short(self) -> bool:
        """Whether the run is likely to exceed what is free, even in its smallest tiles."""
        return self.bytes_needed > self.bytes_free

    @property
    def fits(self) -> bool:
        """Whether the run leaves room for the window, the document and other programs."""
        return self.bytes_needed <= _USABLE * self.bytes_free

    @property
    def sentence(self) -> str:
        """What a user should know."""
        need, free = bytes_text(self.bytes_needed), bytes_text(self.bytes_free)
        if self.is_short:
            return f"This needs about {need} of memory and {free} are free: it may fail; close other programs first."
        how = "the whole photo at once" if self.tile is None else f"tiles of {self.tile} pixels"
        return f"This needs about {need} of memory, {free} are free; it works on {how}."


def free_bytes(device: torch.device) -> int:
    """Return the memory that is free on a device, in bytes."""
    if device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def forecast(
    height: int, width: int, channels: int, *, reach: int | None, memory: float, free: int,
    extent: tuple[int, int] | None = None,
    tile: int | None = None, is_tile_fixed: bool = False,
) -> Forecast:
    """Return the need of a run and the largest tile that fits.

    Parameters
    ----------
    height, width, channels : int
        The photo's size.
    reach : int or None
        As the tool declares it; without one the photo is not cut.
    memory : float
        Peak working memory over the bytes of the float32 tile.
    free : int
        Free bytes on the device.
    extent : tuple of int, optional
        Height and width of the output, where they are others.
    tile, is_tile_fixed
        A tile edge that the user set.
    """
    tall, wide = (height, width) if extent is None else extent
    frame = 4 * channels * tall * wide
    per_pixel = 4 * channels * memory

    def need(edge: int | None) -> int:
        if edge is None:
            return int(per_pixel * height * width) + frame
        side = min(edge + 2 * (reach or 0), max(height, width))
        return int(per_pixel * side * side) + frame

    if is_tile_fixed or reach is None or need(None) <= _USABLE * free:
        return Forecast(need(tile), free, tile)
    side = math.isqrt(max(0, int((_USABLE * free - frame) / per_pixel))) - 2 * reach
    edge = max(_SMALLEST_TILE, side // 64 * 64)
    return Forecast(need(edge), free, edge)


def smaller_tile(tile: int | None, height: int, width: int) -> int | None:
    """Return the next smaller tile edge to try; None when there is none."""
    edge = max(height, width) if tile is None else tile
    smaller = edge // 2 // 16 * 16
    return smaller if smaller >= _SMALLEST_TILE else None
