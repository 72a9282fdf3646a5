"""A history done again, step by step, from what a project holds: whether every stored state comes out the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop_app.api.errors import Cancelled, VerilensError
from desktop_app.core.imaging.raster import Raster, convert_depth
from desktop_app.core.jobs.devices import available_devices
from desktop_app.core.steps.gaps import gap
from desktop_app.core.steps.inputs import stored_inputs
from desktop_app.core.steps.sensor import raster_for
from desktop_app.core.steps.step import perform, step_of

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import Outcome, StepRecord
    from desktop_app.core.steps.step import Step


@dataclass(frozen=True)
class Verdict:
    """On one stored state; `difference` is a sentence, empty where it came out the same."""

    state: str
    title: str
    tool: str
    difference: str = ""


def verify(application: Application, document: Document, control: JobControl) -> Iterator[Verdict]:
    """Do every step of the shown history again, each on its stored parent, and yield how it compares.

    Each runs on its device where this machine has it, in tiles as it did then; pixels and maps must be equal to the
    last bit.

    Raises
    ------
    Cancelled
        If the user asked for it.
    """
    made = [(state, state.record) for state in document.states.values() if state.record is not None]
    for index, (state, record) in enumerate(made):
        part = control.part(index / len(made), (index + 1) / len(made))
        try:
            difference = _difference(document, state, _again(application, document, state, record, part))
        except Cancelled:
            raise
        except VerilensError as error:
            difference = f"it cannot be done again: {error}"
        yield Verdict(state.id, state.title, record.tool, difference)


def _again(
    application: Application, document: Document, state: State, record: StepRecord, control: JobControl
) -> Outcome:
    step = _as_it_was(step_of(record, stored_inputs(document, state.id)), record)
    exact_16 = document.states[document.root].depth != "32f"
    parent = raster_for(document, state.parent or document.root, step.request)
    return perform(application, step, parent, control=control, exact_16=exact_16)[0]


def _as_it_was(step: Step, record: StepRecord) -> Step:
    """Return the step on the device, where there is one, and in the tiles of its record."""
    is_here = any(device.id == record.device for device in available_devices())
    device, tile = record.device if is_here else "auto", "none" if record.tile is None else record.tile
    return replace(step, request=replace(step.request, device=device, tile=tile))


def _difference(document: Document, state: State, outcome: Outcome) -> str:
    had_picture = state.pixels_of == state.id
    if had_picture != (outcome.raster is not None):
        return f"expected {'a' if had_picture else 'no'} picture, got {'none' if had_picture else 'one'}"
    if outcome.raster is not None and (told := _pixels_differ(document.raster(state.id), outcome.raster)):
        return told
    names, got = [info.name for info in state.maps], [layer.name for layer in outcome.maps]
    if names != got:
        return f"expected the maps {', '.join(names) or 'none'}, got {', '.join(got) or 'none'}"
    for layer in outcome.maps:
        stored = document.map(state.id, layer.name)
        if stored.values.shape != layer.values.shape:
            return f"its map {layer.name!r} has another size"
        if most := float(abs(stored.values - layer.values).max()):
            return f"its map {layer.name!r} differs by up to {most:.3g} {layer.unit}".rstrip()
    return ""


def _pixels_differ(stored: Raster, made: Raster) -> str:
    if stored.depth == "16":  # a version before kept all results in 16 bits, those of 8 and those of attacks, too
        made = Raster(convert_depth(made.pixels, "16"))
    if (stored.pixels.shape, stored.depth) != (made.pixels.shape, made.depth):
        return "its picture has another size or depth"
    found = gap(stored, made)
    return f"its picture {found}" if found else ""
