"""What goes to the device worker, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.imaging.raster import Raster


WantedPrecision = Literal["auto", "float32", "bfloat16"]
"""What the bodies of networks run in; automatic: what was measured once on this machine to be fast and exact enough."""

INPUT_COPY = "input:"
"""Before the name of a step's input: the artifact under which a document keeps the values of that input."""


@dataclass(frozen=True)
class TargetSpec:
    """The restoration that is questioned, attacked or used as a prior, with its parameters."""

    tool: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolRequest:
    """One tool with all that decides its outcome, but for the pixels."""

    tool: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    model: str | None = None
    target: TargetSpec | None = None
    device: str = "auto"
    tile: str | int = "auto"
    precision: WantedPrecision = "auto"


@dataclass(frozen=True)
class StepRecord:
    """How a state came to be: enough to do it again, and to say on what it was done.

    ``precision`` is what the networks ran in, ``seconds`` the tool's own time (of photos that ran together each one's
    share), ``tile`` is the tile's edge in pixels, or None when the photo was worked on whole; ``notes`` are sentences
    for the user (a fallback to smaller tiles, a caveat).
    """

    tool: str
    kind: str
    title: str
    plugin: str
    plugin_version: str
    params: Mapping[str, Any]
    seed: int
    model: str | None = None
    model_sha256: str | None = None
    target: TargetSpec | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    precision: str = "float32"
    tile: int | None = None
    torch: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record as a JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StepRecord:
        """Read what `to_json` wrote."""
        fields = dict(value)
        target = fields.pop("target", None)
        notes = tuple(fields.pop("notes", ()))
        return cls(**fields, notes=notes, target=TargetSpec(**target) if target else None)

    def request(self) -> ToolRequest:
        """Return the request that would do this step again."""
        known = [wanted for wanted in get_args(WantedPrecision) if wanted == self.precision]
        precision: WantedPrecision = known[0] if known else "auto"  # networks that differed are chosen for again
        return ToolRequest(self.tool, self.params, self.seed, self.model, self.target, precision=precision)


@dataclass(frozen=True, eq=False)
class MapLayer:
    """A per-pixel map, ``(H, W)`` float32, with what it means."""

    name: str
    kind: str
    unit: str
    meaning: str
    colormap: str
    values: NDArray[np.float32]
    is_aligned: bool = True

    def describe(self) -> dict[str, Any]:
        """Return name, kind, unit and range as the command line prints them."""
        return {
            "name": self.name, "kind": self.kind, "unit": self.unit, "meaning": self.meaning,
            "min": float(self.values.min()), "max": float(self.values.max()), "mean": float(self.values.mean()),
        }


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished step, not yet committed. ``raster`` is None where a tool gives maps only."""

    record: StepRecord
    raster: Raster | None
    maps: tuple[MapLayer, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
