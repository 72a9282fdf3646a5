"""Which map lies over the photo, and how."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from desktop_app.core.imaging.noticeable import is_nothing

RangeMode = Literal["full", "p99", "fixed"]
RANGE_TITLES: dict[RangeMode, str] = {
    "full": "full range",
    "p99": "percentile 1–99",
    "fixed": "fixed ends",
}
_SIGNED = "signed "  # before the name of a map: its partner, with the direction that it lost
COLORMAPS = ("inferno", "viridis", "magma", "cividis", "turbo", "gray", "coolwarm", "RdBu_r")


class MapLike(Protocol):
    """What the panel needs to know of a state's map."""

    @property
    def name(self) -> str:
        """Unique within the state."""

    @property
    def kind(self) -> str:
        """What family of meaning it has."""

    @property
    def standing(self) -> str:
        """How far it was held against the truth."""

    @property
    def checked(self) -> Mapping[str, Any]:
        """On what it was, on how many, with which figures."""

    @property
    def unit(self) -> str:
        """Of its values."""

    @property
    def meaning(self) -> str:
        """What a high value says, in one sentence."""

    @property
    def colormap(self) -> str:
        """The tool's suggestion."""

    @property
    def is_aligned(self) -> bool:
        """Whether it can be laid over the photo."""

    @property
    def width(self) -> int:
        """In its own pixels."""

    @property
    def height(self) -> int:
        """In its own pixels."""

    @property
    def low(self) -> float:
        """Smallest value."""

    @property
    def high(self) -> float:
        """Largest value."""


@dataclass(frozen=True)
class MapChoice:
    """What the user wants to see of the maps: which one, how strong, in which colours, between which values."""

    name: str | None = None
    opacity: float = 0.6
    colormap: str = "inferno"
    mode: RangeMode = "p99"
    low: float = 0.0
    high: float = 1.0


def map_title(layer: MapLike) -> str:
    """Return what the check list calls a map.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> map_title(SimpleNamespace(name="mean_spread", unit="levels"))
    'mean spread (8-bit levels)'
    """
    unit = "8-bit levels" if layer.unit == "levels" else layer.unit
    name = layer.name.replace("_", " ")
    return f"{name} ({unit})" if unit not in ("", "1") else name


def listed(maps: Sequence[MapLike]) -> tuple[MapLike, ...]:
    """Return the maps that have a row of their own: a signed map is a switch of the one that it belongs to."""
    names = {layer.name for layer in maps}
    return tuple(layer for layer in maps if plain_name(layer.name) == layer.name or plain_name(layer.name) not in names)


def plain_name(name: str) -> str:
    """Return the name of the map that a signed one belongs to; any other's own."""
    return name.removeprefix(_SIGNED)


def signed_partner(maps: Sequence[MapLike], name: str | None) -> MapLike | None:
    """Return the signed map that belongs to a map, or to which it belongs itself; None where there is none."""
    wanted = None if name is None else _SIGNED + plain_name(name)
    return next((layer for layer in maps if layer.name == wanted), None)


def is_flat(layer: MapLike) -> bool:
    """Return whether nothing in a map is noticeable."""
    return is_nothing(layer.unit, layer.width * layer.height, layer.low, layer.high)


def first_shown(maps: Sequence[MapLike]) -> str | None:
    """Return the map that a new state shows by itself: its first that can be laid over the photo."""
    return next((layer.name for layer in maps if layer.is_aligned), None)


def fixed_ends(layer: MapLike) -> tuple[float, float]:
    """Return handy ends for a fixed range: round numbers around a map's values."""
    low, high = (0.0 if not math.isfinite(value) else value for value in (layer.low, layer.high))
    if not low < high:
        return low, low + 1.0
    step = 10.0 ** math.floor(math.log10(high - low)) / 2
    return math.floor(low / step) * step, math.ceil(high / step) * step


def budget_ends(layer: MapLike, report: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the range that an attack's budget gives a map of its change; None where there is no such budget.

    A signed map is seen around zero. Within an L2 budget a pixel may move by any share of it, so that the map's own
    largest change takes its place.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> signed = SimpleNamespace(kind="perturbation", low=-7.9, high=8.0)
    >>> budget_ends(signed, {"norm": "linf", "eps": 8.0})
    (-8.0, 8.0)
    """
    if layer.kind != "perturbation":
        return None
    largest = max(abs(layer.low), abs(layer.high))
    limit = float(report.get("eps") or 0.0) if report.get("norm") == "linf" else largest
    return (-limit if layer.low < 0 else 0.0, limit) if limit > 0 else None


def in_ends(choice: MapChoice, ends: Mapping[str, tuple[float, float]]) -> MapChoice:
    """Return a choice whose range is the one that its map has by nature; one that had such a range before loses it."""
    if choice.name is not None and choice.name in ends:
        low, high = ends[choice.name]
        return replace(choice, mode="fixed", low=low, high=high)
    return replace(choice, mode="p99") if (choice.low, choice.high) in ends.values() else choice
