"""When memory runs out: smaller tiles, then the CPU, each said in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from desktop_app.api.errors import ToolError
from desktop_app.core.faults import is_out_of_memory
from desktop_app.core.jobs.memory import smaller_tile

if TYPE_CHECKING:
    import torch

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where a run happens: a device, and the tile's edge in pixels (None: the whole photo)."""

    device: torch.device
    tile: int | None


@dataclass(frozen=True, eq=False)
class Attempt(Generic[T]):
    """What came out, where it was possible at last, and what was said on the way."""

    value: T
    place: Place
    notes: tuple[str, ...]


def with_fallback(
    work: Callable[[Place], T], place: Place, *, tool: str, height: int, width: int, can_cut: bool
) -> Attempt[T]:
    """Call `work` at a place, and at humbler ones as long as memory runs out.

    Parameters
    ----------
    work : callable
        Does the run at the place it gets.
    place : Place
        The first to try.
    tool : str
        The tool's id, for the error.
    height, width : int
        The photo's size in pixels.
    can_cut : bool
        Whether the tool can work in tiles.

    Raises
    ------
    ToolError
        When nothing is left to try.
    """
    notes: list[str] = []
    while True:
        try:
            return Attempt(work(place), place, tuple(notes))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            humbler = _humbler(place, height, width, can_cut)
            if humbler is None:
                raise ToolError(
                    f"{tool}: expected enough memory for {width}×{height} pixels, ran out even in the smallest pieces; "
                    "close other programs or crop the photo"
                ) from error
            place, note = humbler
            notes.append(note)


def _humbler(place: Place, height: int, width: int, can_cut: bool) -> tuple[Place, str] | None:
    import torch

    tile = smaller_tile(place.tile, height, width) if can_cut else None
    if tile is not None:
        return Place(place.device, tile), f"Memory ran out, so it went on in tiles of {tile} pixels."
    if place.device.type != "cpu":
        return Place(torch.device("cpu"), None), f"Memory of {place.device} ran out, so it went on on the CPU."
    return None
