"""What goes to the device worker, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from desktop_app.api.results import Standing
from desktop_app.core.imaging.noticeable import NOTHING, is_nothing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.imaging.raster import Raster


FULL_STRENGTH, MOST_STRENGTH = 1.0, 2.0
"""Of a step: its picture as its tool made it, and as far beyond that as may be asked for."""

WantedPrecision = Literal["auto", "float32", "bfloat16"]
"""What the bodies of networks run in; automatic: what was measured once on this machine to be fast and exact enough."""

FILL = "inpaint.missing"
"""The tool that fills values that are NaN or infinite."""

INPUT_COPY = "input:"
"""Before the name of a step's input: the artifact under which a document keeps the values of that input."""


@dataclass(frozen=True)
class ModelSpec:
    """A classifier in question; of one that was asked, the SHA-256 of its weights."""

    model: str
    sha256: str | None = None


@dataclass(frozen=True)
class TargetSpec:
    """The restoration that is questioned, attacked or used as a prior, with its parameters."""

    tool: str
    params: Mapping[str, Any] = field(default_factory=dict)


Subject = ModelSpec | TargetSpec
OLD_FIELDS = ("model", "model_sha256", "target")
"""Of a record of an older version, in the place of its subjects."""


class Questioned:
    """Whom a step questions, attacks or uses, by kind."""

    subjects: tuple[Subject, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The classifiers' ids."""
        return tuple(one.model for one in self.subjects if isinstance(one, ModelSpec))

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of each classifier's weights, where known."""
        return tuple(one.sha256 or "" for one in self.subjects if isinstance(one, ModelSpec))

    @property
    def targets(self) -> tuple[TargetSpec, ...]:
        """The restorations."""
        return tuple(one for one in self.subjects if isinstance(one, TargetSpec))

    @property
    def model(self) -> str | None:
        """The first classifier's id."""
        return next(iter(self.models), None)

    @property
    def target(self) -> TargetSpec | None:
        """The first restoration."""
        return next(iter(self.targets), None)


@dataclass(frozen=True)
class ToolRequest(Questioned):
    """One tool with all that decides its outcome, but for the pixels."""

    tool: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    subjects: tuple[Subject, ...] = ()
    device: str = "auto"
    tile: str | int = "auto"
    precision: WantedPrecision = "auto"


@dataclass(frozen=True)
class StepRecord(Questioned):
    """How a state came to be: enough to do it again, and to say on what it was done.

    ``precision`` is what the networks ran in, ``seconds`` the tool's own time (of photos that ran together each one's
    share), ``tile`` is the tile's edge in pixels, or None when the photo was worked on whole; ``notes`` are sentences
    for the user (a fallback to smaller tiles, a caveat). ``strength`` says how its picture was mixed with its input: 0
    is the input, 1 the result, 2 as far beyond it. ``reframes`` says that its pixels lie elsewhere than its input's.
    """

    tool: str
    kind: str
    title: str
    plugin: str
    plugin_version: str
    params: Mapping[str, Any]
    seed: int
    subjects: tuple[Subject, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    precision: str = "float32"
    tile: int | None = None
    torch: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    strength: float = FULL_STRENGTH
    reframes: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the record as a JSON-able mapping; what is usual is not named where older versions do not know it."""
        usual = {"strength": FULL_STRENGTH, "reframes": False}
        return {name: value for name, value in asdict(self).items() if name not in usual or value != usual[name]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StepRecord:
        """Read what `to_json` wrote, here or in an older version, which knew one model and one target."""
        fields = dict(value)
        model, sha256, target = (fields.pop(name, None) for name in OLD_FIELDS)
        old = [{"model": model, "sha256": sha256}] * (model is not None) + [target] * (target is not None)
        subjects = tuple(map(_subject, fields.pop("subjects", old)))
        return cls(**fields | {"notes": tuple(fields.get("notes", ()))}, subjects=subjects)

    def request(self) -> ToolRequest:
        """Return the request that would do this step again."""
        known = [wanted for wanted in get_args(WantedPrecision) if wanted == self.precision]
        precision: WantedPrecision = known[0] if known else "auto"  # networks that differed are chosen for again
        subjects = tuple(replace(one, sha256=None) if isinstance(one, ModelSpec) else one for one in self.subjects)
        return ToolRequest(self.tool, self.params, self.seed, subjects, precision=precision)


def _subject(value: Mapping[str, Any]) -> Subject:
    return ModelSpec(**value) if "model" in value else TargetSpec(**value)


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
    standing: Standing = "unchecked"
    checked: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Return name, kind, unit, range and standing as the command line prints them, and if nothing is noticeable."""
        low, high = float(self.values.min()), float(self.values.max())
        return {
            "name": self.name, "kind": self.kind, "unit": self.unit, "meaning": self.meaning,
            "min": low, "max": high, "mean": min(max(float(self.values.mean()), low), high),  # a sum rounds
            **({"effect": NOTHING} if is_nothing(self.unit, self.values.size, low, high) else {}),
            "standing": self.standing, **({"checked": dict(self.checked)} if self.checked else {}),
        }


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished step, not yet committed. ``raster`` is None where a tool gives maps only."""

    record: StepRecord
    raster: Raster | None
    maps: tuple[MapLayer, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
