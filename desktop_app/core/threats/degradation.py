"""What a degradation tool makes of the photo, along a way from harmless parameters to the worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ToolError
from desktop_app.core.threats.bound import Bound, Figures, Scene

if TYPE_CHECKING:
    from torch import Tensor

FOUND = "degradation"
"""The artifact that an attack returns: ``(N, 2)``, which of the ways, and how far along it, 0 to 1."""

Way = Mapping[str, tuple[float, float]]
"""By name of a parameter its harmless and its worst value."""


@dataclass(frozen=True)
class Degradation(Bound):
    """At most `percent` of one of the `ways`, each the id of a tool with its parameters' ends."""

    ways: Sequence[tuple[str, Way]]
    percent: float

    @property
    def words(self) -> str:
        """Which degradations."""
        return f"{' or '.join(tool for tool, _ in self.ways)} of up to {self.percent:g} % of the worst"

    @property
    def size(self) -> float:
        """How far along the way."""
        return self.percent

    @property
    def unit(self) -> str:
        """Of the size."""
        return "%"

    def held(self, image: Tensor, scene: Scene) -> Tensor:
        """Return what the tools make of the originals, as far as allowed; what was drawn, ``(N, C, H, W)``, is dropped.

        All float32 in [0, 1].

        Raises
        ------
        ToolError
            If the attack did not say which way it went, and how far.
        """
        import torch

        if scene.call is None:
            raise ToolError("expected a host that runs degradation tools, got none; call the attack through an engine")
        made = []
        for index, (way, share) in enumerate(self._found(scene)):
            one, (tool, ends) = scene.original[index : index + 1], self.ways[way]
            seeds = list(scene.seeds[index : index + 1])
            made.append(one if share == 0 else scene.call(one, tool, values_along(ends, share), seeds))
        return torch.cat(made).to(image).clamp(0.0, 1.0)

    def figures(self, image: Tensor, scene: Scene) -> Figures:
        """Return which degradation each picture ``(N, C, H, W)`` in [0, 1] shows, and how much of it."""
        is_moved = (image != scene.original).flatten(1).any(1).tolist()
        return [
            {"degradation": self.ways[way][0], "percent": 100.0 * share * moved,
             "strength": values_along(self.ways[way][1], share * moved)}
            for (way, share), moved in zip(self._found(scene), is_moved, strict=True)
        ]  # fmt: skip

    def _found(self, scene: Scene) -> list[tuple[int, float]]:
        found = scene.artifacts.get(FOUND)
        if found is None or found.shape != (len(scene.original), 2):
            raise ToolError(
                f"expected the artifact {FOUND!r}, (N, 2), which way and how far, got "
                f"{'none' if found is None else tuple(found.shape)}; report this to the attack's author"
            )
        most = self.percent / 100.0
        return [
            (min(max(round(way), 0), len(self.ways) - 1), min(max(share, 0.0), most)) for way, share in found.tolist()
        ]


def values_along(ends: Way, share: float) -> dict[str, Any]:
    """Return a tool's parameters at a share of the way; whole numbers stay whole."""
    values = {name: low + share * (high - low) for name, (low, high) in ends.items()}
    is_whole = {name: isinstance(low, int) and isinstance(high, int) for name, (low, high) in ends.items()}
    return {name: round(value) if is_whole[name] else value for name, value in values.items()}
