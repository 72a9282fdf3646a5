"""What a document tells about itself: frozen values, replaced and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np

from desktop_app.api.errors import ToolError
from desktop_app.api.results import Standing
from desktop_app.core.imaging.development import DEVELOP
from desktop_app.core.imaging.ranges import LEVELS
from desktop_app.core.imaging.raster import Depth
from desktop_app.core.jobs.request import MapLayer, StepRecord

EventKind = Literal["committed", "saved", "failed", "cursor", "renamed", "deleted", "restored", "project", "closed"]

MAX_TITLE = 1000
"""Letters of a state's title, at most."""


@dataclass(frozen=True)
class MapInfo:
    """A state's map without its values; `low`, `high` and `mean` are in `unit`."""

    name: str
    kind: str
    unit: str
    meaning: str
    colormap: str
    is_aligned: bool
    width: int
    height: int
    low: float
    high: float
    mean: float
    standing: Standing = "unchecked"
    checked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """One state of a photo: the opened one, or what a step made of another.

    Parameters
    ----------
    id : str
        Unique within the document, and never used again.
    parent : str or None
        The state it came of; None for the opened photo.
    title : str
        What the history shows; the user may change it.
    record : StepRecord or None
        The step that made it; None for the opened photo.
    width, height, channels : int
        Of its pixels.
    depth : Depth
        In which its pixels are kept.
    pixels_of : str
        The state whose pixels it shows: itself, or an ancestor when the step gave maps only.
    maps : tuple of MapInfo
        What can be laid over it.
    artifacts : tuple of str
        Names of what later steps can take as an input.
    report : mapping
        What the tool said, JSON-able.
    created : datetime
        When, in UTC.
    is_saved : bool
        Whether its transaction is through: it then survives the death of the program.
    children : tuple of str
        The states that came of it and are not deleted, in order of creation.
    """

    id: str
    parent: str | None
    title: str
    record: StepRecord | None
    width: int
    height: int
    channels: int
    depth: Depth
    pixels_of: str
    maps: tuple[MapInfo, ...]
    artifacts: tuple[str, ...]
    report: Mapping[str, Any]
    created: datetime
    is_saved: bool
    children: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentEvent:
    """Something that happened to a document.

    Parameters
    ----------
    kind : EventKind
        ``committed`` (a new state is there, not yet saved), ``saved`` (its transaction is through), ``failed`` (it
        could not be written; it stays in memory and is tried again with the next change), ``cursor``, ``renamed``,
        ``deleted``, ``restored``, ``project`` (saved as a project file), ``closed``.
    state_id : str
        The state in question; the cursor's where none is.
    message : str
        Of ``failed``: a sentence for the user.
    """

    kind: EventKind
    state_id: str
    message: str = ""


def describe_map(layer: MapLayer) -> MapInfo:
    """Return what a map is, without its values; looks at each of them.

    Raises
    ------
    ToolError
        If it is not finite float32 ``(H, W)``.
    """
    values = layer.values
    if values.ndim != 2 or values.dtype != np.float32 or 0 in values.shape:
        raise ToolError(
            f"expected the map {layer.name!r} as float32 (H, W), got {values.dtype} {values.shape}; "
            "tell the plugin's author"
        )
    low, high, mean = float(values.min()), float(values.max()), float(values.mean(dtype=np.float64))
    if not np.isfinite([low, high]).all():
        raise ToolError(
            f"expected finite values in the map {layer.name!r}, got {low} to {high}; tell the plugin's author"
        )
    height, width = values.shape
    return MapInfo(
        layer.name, layer.kind, layer.unit, layer.meaning, layer.colormap, layer.is_aligned, width, height,
        low, high, mean, layer.standing, layer.checked,
    )


def development_of(state: State) -> Mapping[str, Any] | None:
    """Return the parameters of a step that develops; None of every other state."""
    return state.record.params if state.record is not None and state.record.tool == DEVELOP else None


def levels_of(state: State) -> tuple[float, float] | None:
    """Return the file's numbers that a step of levels made 0 and 1; None of every other state."""
    if state.record is None or state.record.tool != LEVELS:
        return None
    low, high = state.report.get("low"), state.report.get("high")
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not low < high:
        return None
    return float(low), float(high)
