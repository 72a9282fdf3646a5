"""The history panel: a tree of states as rows of a graph, the trunk leftmost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol


class StateLike(Protocol):
    """What a row needs to know of a document's state."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def parent(self) -> str | None:
        """The state it was made from; None for the opened photo."""

    @property
    def title(self) -> str:
        """What the row says."""

    @property
    def pixels_of(self) -> str:
        """The state whose pixels it shows."""

    @property
    def is_saved(self) -> bool:
        """Whether its transaction is through."""


@dataclass(frozen=True)
class HistoryRow:
    """One state as a row.

    ``lane`` is the column of its dot; ``through`` the lanes whose line passes by, ``forks`` the lanes of the branches
    that begin here, ``has_next`` says that the line goes on below in its own lane. ``is_on_path`` marks the states
    between the opened photo and the one that is shown.
    """

    state: str
    title: str
    lane: int
    is_first: bool = False
    has_next: bool = False
    is_current: bool = False
    is_on_path: bool = False
    is_saved: bool = True
    forks: tuple[int, ...] = ()
    through: tuple[int, ...] = ()


def history_rows(states: Mapping[str, StateLike], root: str, cursor: str) -> tuple[HistoryRow, ...]:
    """Return the rows from the opened photo down; a branch is listed below the line that it left.

    Parameters
    ----------
    states : mapping
        The visible states by id, in the order in which they were made.
    root, cursor : str
        The opened photo, and the state that is shown.
    """
    children = _children(states)
    path = path_to(states, cursor)
    rows: list[HistoryRow] = []
    waiting, lanes = [(root, 0)], 0
    while waiting:
        name, lane = waiting.pop()
        below = children.get(name, [])
        lane = lane if lane >= 0 else (lanes := lanes + 1)
        rows.append(_row(states[name], lane, is_first=name == root, has_next=bool(below), cursor=cursor, path=path))
        waiting += [(child, -1) for child in reversed(below[1:])]
        waiting += [(child, lane) for child in below[:1]]
    return _with_lines(rows, states)


def path_to(states: Mapping[str, StateLike], state: str | None) -> frozenset[str]:
    """Return the ids from a state up to the opened photo."""
    path: set[str] = set()
    while state is not None and state in states:
        path.add(state)
        state = states[state].parent
    return frozenset(path)


def _children(states: Mapping[str, StateLike]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for name, state in states.items():
        if state.parent is not None:
            children.setdefault(state.parent, []).append(name)
    return children


def _row(
    state: StateLike, lane: int, *, is_first: bool, has_next: bool, cursor: str, path: frozenset[str]
) -> HistoryRow:
    return HistoryRow(
        state.id, state.title, lane, is_first, has_next, state.id == cursor, state.id in path, state.is_saved
    )


def _with_lines(rows: list[HistoryRow], states: Mapping[str, StateLike]) -> tuple[HistoryRow, ...]:
    """Draw the line of each row up to its parent's row."""
    place = {row.state: index for index, row in enumerate(rows)}
    forks: list[list[int]] = [[] for _ in rows]
    through: list[list[int]] = [[] for _ in rows]
    for index, row in enumerate(rows):
        parent = states[row.state].parent
        if parent is None:
            continue
        above = place[parent]
        if rows[above].lane != row.lane:
            forks[above].append(row.lane)
        for between in range(above + 1, index):
            through[between].append(row.lane)
    return tuple(
        replace(row, forks=tuple(forks[index]), through=tuple(through[index])) for index, row in enumerate(rows)
    )


def before_of(states: Mapping[str, StateLike], state: str, pinned: str | None = None) -> str | None:
    """Return the state that another is compared with.

    It is the pinned one, else the nearest before it with other pixels: a step that only measured something changes
    nothing that could be compared. None for the opened photo.
    """
    if pinned in states and pinned != state:
        return pinned
    pixels = states[state].pixels_of
    parent = states[state].parent
    while parent is not None and states[parent].pixels_of == pixels and states[parent].parent is not None:
        parent = states[parent].parent
    return parent


def grid_of(states: Mapping[str, StateLike], state: str, kept: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the states that a grid shows: the shown one, and those that are kept there, in the order of their making.

    Where none is kept, these are what else was made of the same photo (one model beside another), and that photo.
    """
    others = [name for name in kept if name in states and name != state]
    if not others:
        parent = before_of(states, state)
        siblings = [name for name, each in states.items() if each.parent == states[state].parent and name != state]
        own = [name for name in siblings if states[name].pixels_of == name and parent is not None]
        others = [*([parent] if parent is not None else []), *own]
    chosen = {state, *others[-(most - 1):]}
    return tuple(name for name in states if name in chosen)


def lane_count(rows: Sequence[HistoryRow]) -> int:
    """Return how many columns the graph takes."""
    return 1 + max((row.lane for row in rows), default=0)
