"""A step as strong as somebody wants it: its kept result mixed with its input, without running its tool again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.blend import blended
from desktop_app.core.imaging.raster import widened
from desktop_app.core.jobs.request import FULL_STRENGTH, MOST_STRENGTH, Outcome
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.core.imaging.raster import Raster


def at_strength(outcome: Outcome, raster: Raster, strength: float) -> Outcome:
    """Return a step's outcome with its picture mixed with what the step was given.

    Parameters
    ----------
    outcome : Outcome
        At full strength.
    raster : Raster
        The photo that the step was given.
    strength : float
        0 is the photo, 1 the outcome's picture, 2 as far beyond it.

    Raises
    ------
    ParameterError
        If it is not from 0 to 2, or there is no picture of the photo's size that could be mixed with it.
    """
    made, tool = outcome.raster, outcome.record.tool
    if not 0.0 <= strength <= MOST_STRENGTH:
        raise ParameterError(f"{tool}: expected a strength from 0 to {MOST_STRENGTH:g}, got {strength}; change it")
    if strength == FULL_STRENGTH:
        return outcome
    is_alike = made is not None and made.pixels.shape == raster.pixels.shape
    is_alike = is_alike and not outcome.record.reframes
    if made is None or not is_alike or not traits_of(outcome.record.kind).has_strength:
        raise ParameterError(f"{tool}: expected a step that makes a picture of the photo's size and colours, which can "
                             "be mixed with it, got another; leave its strength at 1")
    mixed = blended(raster, widened(made), strength)
    return replace(outcome, raster=mixed, record=replace(outcome.record, strength=strength))


def can_change(document: Document, state: State) -> bool:
    """Return whether a state's step may be made stronger or weaker: its full result is there, and of its input's size.
    """
    parent = document.states.get(state.parent or "")
    if state.record is None or parent is None or not traits_of(state.record.kind).has_strength:
        return False
    if state.record.reframes:  # what would be mixed lies elsewhere, even where the size is the same
        return False
    sizes = [(each.width, each.height, each.channels) for each in (state, parent)]
    return state.pixels_of == state.id and sizes[0] == sizes[1] and full_of(document, state) is not None


def full_of(document: Document, state: State) -> State | None:
    """Return the state with a step's own result: itself, or the one that was mixed to make it, hidden or not."""
    return _sibling(document, state, FULL_STRENGTH)


def known_at(document: Document, state: State, strength: float) -> State | None:
    """Return the state that has a state's step at a strength already, hidden or not; None where there is none."""
    return _sibling(document, state, strength)


def changed_strength(document: Document, state: State, strength: float) -> Outcome:
    """Return what a state's step gives at another strength, to be committed beside it; nothing is run.

    Raises
    ------
    ParameterError
        If the strength is not from 0 to 2, or the step's full result is not there.
    InputError
        If pixels or maps are damaged.
    """
    full = full_of(document, state)
    if full is None or full.record is None or full.parent is None:
        raise ParameterError(f"expected a step whose result is in the history, got “{state.title}”; apply it again")
    outcome = Outcome(
        full.record, document.raster(full.id), tuple(document.map(full.id, layer.name) for layer in full.maps),
        full.report, {name: document.artifact(full.id, name) for name in full.artifacts},
    )  # fmt: skip
    return at_strength(outcome, document.raster(full.parent), strength)


def _sibling(document: Document, state: State, strength: float) -> State | None:
    if state.record is None:
        return None
    wanted = replace(state.record, strength=strength)
    shown_first = [*document.states.values(), *document.hidden.values()]
    return next((each for each in shown_first if (each.parent, each.record) == (state.parent, wanted)), None)
