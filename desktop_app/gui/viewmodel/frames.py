"""Where an earlier state of a photo lies on a later one that was cropped, turned or resized since. Without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Place = tuple[float, float, float, float]


class Framed(Protocol):
    """What is asked of a document's state."""

    @property
    def parent(self) -> str | None:
        """The state it was made from."""

    @property
    def width(self) -> int:
        """In pixels."""

    @property
    def height(self) -> int:
        """In pixels."""

    @property
    def record(self) -> Any:
        """How it was made; None for the opened photo."""

    @property
    def report(self) -> Mapping[str, Any]:
        """What its step says."""


def place_before(states: Mapping[str, Framed], before: str, after: str) -> Place | None:
    """Return left, top, width and height of an earlier state in pixels of a later one.

    None where nothing was cropped in between, or it cannot be told: the state is no earlier one, or pixels were turned.

    Parameters
    ----------
    states : mapping
        The document's states by id.
    before, after : str
        Which of them.
    """
    left = top = 0.0
    scale_x = scale_y = 1.0  # pixels of `after` in one of the state at hand
    name, is_cropped = after, False
    while name != before:
        state = states.get(name)
        parent = states.get(state.parent or "") if state is not None else None
        if state is None or parent is None or state.parent is None:
            return None
        moves = state.record is not None and state.record.reframes  # others may keep whatever they like
        kept = state.report.get("kept") if moves else None
        if isinstance(kept, Mapping):
            is_cropped = True
            left, top = left - float(kept["left"]) * scale_x, top - float(kept["top"]) * scale_y
        elif moves and not _is_resized(state, parent):
            return None
        else:
            scale_x, scale_y = scale_x * state.width / parent.width, scale_y * state.height / parent.height
        name = state.parent
    first = states[before]
    return (left, top, first.width * scale_x, first.height * scale_y) if is_cropped else None


def _is_resized(state: Framed, parent: Framed) -> bool:
    """Whether a step only changed the size: whatever turns a photo says so in its parameters."""
    turns = {"turn", "flip", "angle"} & set(state.record.params)
    return not turns and (state.width, state.height) != (parent.width, parent.height)


def frame_of(states: Mapping[str, Framed], state: str) -> str:
    """Return the state since which no pixel of a photo has moved: what is drawn on one of these fits the other."""
    while (here := states.get(state)) is not None and here.parent is not None:
        if here.record is not None and here.record.reframes:
            return state
        state = here.parent
    return state


_TURNS = {
    ("turn", "left"): "Turn left", ("turn", "right"): "Turn right", ("turn", "half"): "Turn half around",
    ("flip", "left-right"): "Flip left and right", ("flip", "top-bottom"): "Flip top and bottom",
}  # fmt: skip


def framing_title(params: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """Return what a step that moved pixels did, in the history's words; empty where it is another one.

    Examples
    --------
    >>> framing_title({"left": 4}, {"kept": {"left": 4, "top": 0, "width": 60, "height": 40}})
    'Crop to 60 × 40'
    >>> framing_title({"turn": "right", "flip": "none", "angle": 1.5, "corners": "crop"}, {})
    'Turn right, straighten 1.5°'
    """
    kept = report.get("kept")
    if isinstance(kept, Mapping):
        return f"Crop to {kept['width']} × {kept['height']}"
    done = [words for (name, value), words in _TURNS.items() if params.get(name) == value]
    angle = float(params.get("angle") or 0.0)
    done += [f"{'straighten' if done else 'Straighten'} {angle:g}°"] if angle else []
    return ", ".join(done[:1] + [words[:1].lower() + words[1:] for words in done[1:]])
