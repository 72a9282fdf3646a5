"""Where an earlier state of a photo lies on a later one that was cropped, turned or resized since. Without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians, sin
from typing import Any, Protocol

Place = tuple[float, float, float, float]
Point = tuple[float, float]


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
    is_cropped, way = False, _way_back(states, before, after)
    if way is None:
        return None
    for state, parent in way:
        moves = state.record is not None and state.record.reframes  # others may keep whatever they like
        kept = state.report.get("kept") if moves else None
        if isinstance(kept, Mapping):
            is_cropped = True
            left, top = left - float(kept["left"]) * scale_x, top - float(kept["top"]) * scale_y
        elif moves and not _is_resized(state, parent):
            return None
        else:
            scale_x, scale_y = scale_x * state.width / parent.width, scale_y * state.height / parent.height
    first = states[before]
    return (left, top, first.width * scale_x, first.height * scale_y) if is_cropped else None


def _way_back(states: Mapping[str, Framed], before: str, after: str) -> list[tuple[Framed, Framed]] | None:
    """Return each state from a later one back to an earlier one, with its parent; None if that is no earlier one."""
    found, name = list[tuple[Framed, Framed]](), after
    while name != before:
        state = states.get(name)
        parent = states.get(state.parent or "") if state is not None else None
        if state is None or parent is None or state.parent is None:
            return None
        found.append((state, parent))
        name = state.parent
    return found


def _is_resized(state: Framed, parent: Framed) -> bool:
    """Whether a step only changed the size: whatever turns a photo says so in its parameters."""
    turns = {"turn", "flip", "angle"} & set(state.record.params)
    return not turns and (state.width, state.height) != (parent.width, parent.height)


def point_before(states: Mapping[str, Framed], before: str, after: str, point: Point) -> Point | None:
    """Return which point of an earlier state a point of a later one shows, crops, turns and sizes in between undone.

    None where it lies beyond the earlier state, or cannot be told: a step moved pixels and does not say whither, or
    the two lie on branches of which one was moved.

    Parameters
    ----------
    states : mapping
        The document's states by id.
    before, after : str
        Which of them.
    point : tuple of float
        Across and down from the upper left corner of ``after``, in pixels; the middle of the first lies at (0.5, 0.5).
    """
    first = states.get(before)
    if first is None or after not in states:
        return None
    if frame_of(states, before) == frame_of(states, after):
        return _scaled(states[after], first, point)
    here, way = point, _way_back(states, before, after)
    if way is None:
        return None
    for state, parent in way:
        moved = _step_back(state, parent, here)
        if moved is None:
            return None
        here = moved
    return here if 0 <= here[0] < first.width and 0 <= here[1] < first.height else None


def _scaled(later: Framed, earlier: Framed, point: Point) -> Point:
    return point[0] * earlier.width / later.width, point[1] * earlier.height / later.height


def _step_back(state: Framed, parent: Framed, point: Point) -> Point | None:
    if state.record is None or not state.record.reframes:
        return _scaled(state, parent, point)
    kept = state.report.get("kept")
    if isinstance(kept, Mapping):
        return point[0] + float(kept["left"]), point[1] + float(kept["top"])
    if {"turn", "flip", "angle"} & set(state.record.params):
        return _turned_back(state, parent, point)
    return _scaled(state, parent, point) if _is_resized(state, parent) else None


def _turned_back(state: Framed, parent: Framed, point: Point) -> Point:
    """Undo a tilt about the middle, then a flip, then quarters of a turn, as photos are turned, flipped and tilted."""
    params = state.record.params
    turn, angle = params.get("turn"), radians(float(params.get("angle") or 0.0))
    width, height = (parent.height, parent.width) if turn in ("left", "right") else (parent.width, parent.height)
    x, y = point[0] - state.width / 2, point[1] - state.height / 2
    x, y = cos(angle) * x + sin(angle) * y + width / 2, cos(angle) * y - sin(angle) * x + height / 2
    x = width - x if params.get("flip") == "left-right" else x
    y = height - y if params.get("flip") == "top-bottom" else y
    back = {"right": (y, width - x), "left": (height - y, x), "half": (width - x, height - y)}
    return back.get(str(turn), (x, y))


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
