"""From a photo or an outcome to a state and to the transaction that writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from desktop_app import __version__
from desktop_app.api.errors import ToolError
from desktop_app.core.document import contents, store
from desktop_app.core.document.pixels import Held
from desktop_app.core.document.plain import from_text, to_text
from desktop_app.core.document.state import MAX_TITLE, State, describe_map
from desktop_app.core.imaging.development import DEFAULTS, DEVELOP, developed_raw
from desktop_app.core.imaging.ranges import LEVELS, full_scale_of, within_levels
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import Outcome, StepRecord

Stamp = tuple[int, int, int]
"""Size, time of change and number of a file: the same as long as nobody wrote to it."""


def stamp_of(path: Path) -> Stamp | None:
    """Return what tells whether a file has changed; None when there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def opened_state(raster: Raster, title: str) -> State:
    """Return the root of a document."""
    name = "s0"
    return State(
        id=name, parent=None, title=title, record=None, width=raster.width, height=raster.height,
        channels=raster.channels, depth=raster.depth, pixels_of=name, maps=(), artifacts=(), report={},
        created=datetime.now(UTC), is_saved=False,
    )  # fmt: skip


def levels_step(raster: Raster, levels: tuple[float, float]) -> Outcome:
    """Return the first step of data that are no photo's: what the tool for it would make of them as they were read."""
    params = {"low": levels[0], "high": levels[1], "full_scale": full_scale_of(raster.depth)}
    record = StepRecord(
        tool=LEVELS, kind="restoration", title=f"Levels {levels[0]:g}…{levels[1]:g} → 0…1", plugin=LEVELS,
        plugin_version=__version__, params=params, seed=0,
    )
    return Outcome(record, within_levels(raster, levels), report={"low": levels[0], "high": levels[1]})


def development_step(raster: Raster) -> Outcome:
    """Return the first step of camera raw: what the tool for it would make of what was read, at its defaults."""
    made, stops = developed_raw(raster)
    record = StepRecord(
        tool=DEVELOP, kind="restoration", title="Developed", plugin=DEVELOP, plugin_version=__version__,
        params=dict(DEFAULTS), seed=0,
    )  # fmt: skip
    return Outcome(record, made, report={"exposure": round(stops, 4)})


def prepare(outcome: Outcome, title: str) -> Callable[[str, State], State]:
    """Return what makes a finished step's state as soon as its id and its parent are known; the long work is done.

    Record and report are as they will be read again.

    Raises
    ------
    ToolError
        If the report or the record holds what JSON cannot, or a map is not finite.
    """
    try:
        report = from_text(to_text(dict(outcome.report)))
        record = StepRecord.from_json(from_text(to_text(outcome.record.to_json())))
    except (TypeError, ValueError) as error:
        raise ToolError(
            f"{outcome.record.tool}: the report of a step cannot be kept: {error}; tell the plugin's author."
        ) from error
    maps = tuple(map(describe_map, outcome.maps))

    def make(name: str, parent: State) -> State:
        pixels = outcome.raster or parent
        return State(
            id=name, parent=parent.id, title=title[:MAX_TITLE], record=record, width=pixels.width,
            height=pixels.height, channels=pixels.channels, depth=pixels.depth,
            pixels_of=name if outcome.raster else parent.pixels_of, maps=maps, artifacts=tuple(outcome.artifacts),
            report=report, created=datetime.now(UTC), is_saved=False,
        )  # fmt: skip

    return make


def held_by(outcome: Outcome) -> Held:
    """Return the arrays of an outcome, to be served until they are written."""
    return Held(outcome.raster, {layer.name: layer for layer in outcome.maps}, dict(outcome.artifacts))


def write_opened(
    connection: sqlite3.Connection, state: State, raster: Raster, source: Path, stamp: Stamp | None
) -> None:
    """Write the root: the photo's own file, from which its pixels can be read again.

    A file that was changed or removed since it was opened cannot give them back: then the pixels are written.
    """
    contents.write_state(connection, state)
    digest = _copy_unchanged(connection, source, stamp)
    store.write_facts(connection, {"original": {"name": source.name, "digest": digest}})
    if digest is None:
        contents.forget_original(connection)
        contents.write_raster(connection, state.id, raster)


def _copy_unchanged(connection: sqlite3.Connection, source: Path, stamp: Stamp | None) -> str | None:
    try:
        with source.open("rb") as file:
            digest = contents.write_original(connection, file)
        return digest if stamp_of(source) == stamp else None
    except OSError:
        return None  # gone, or on a drive that was pulled out: the pixels in memory are what is left


def write_step(connection: sqlite3.Connection, state: State, outcome: Outcome) -> None:
    """Write a finished step with its pixels, maps and artifacts."""
    contents.write_state(connection, state)
    if outcome.raster is not None:
        contents.write_raster(connection, state.id, outcome.raster)
    for info, layer in zip(state.maps, outcome.maps, strict=True):
        contents.write_map(connection, state.id, info, layer.values)
    for name, values in outcome.artifacts.items():
        contents.write_array(connection, state.id, "artifact", values, name)
