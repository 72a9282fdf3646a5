"""The tree of states as a frozen value, and what a user can do to it. Pure: every function returns a new tree.

Nothing is ever taken out of a tree. Deleting a state marks it; it and what came of it are hidden until restored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType

from desktop_app.api.errors import ParameterError


@dataclass(frozen=True)
class History:
    """Which state came of which, where the user stands, and what is hidden.

    Parameters
    ----------
    parents : mapping of str to str or None
        Every state's parent, in order of creation; the first is the root, whose parent is None.
    cursor : str
        The state the user stands on; never a hidden one.
    deleted : frozenset of str
        States that were deleted; these and all their descendants are hidden.
    visited : mapping of str to str
        For each state the child through which the user last went: where redo leads.
    """

    parents: Mapping[str, str | None]
    cursor: str
    deleted: frozenset[str] = frozenset()
    visited: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The opened photo."""
        return next(iter(self.parents))


def begin(root: str) -> History:
    """Return the tree of a freshly opened photo."""
    return History({root: None}, root)


def new_id(history: History) -> str:
    """Return an id that no state of this tree has."""
    return f"s{len(history.parents)}"


def path_to(history: History, state: str) -> tuple[str, ...]:
    """Return the states from the root to this one, both included.

    Raises
    ------
    ParameterError
        If there is no such state.
    """
    if state not in history.parents:
        raise ParameterError(f"Expected a state of this document, got {state!r}: choose one from its history.")
    path = [state]
    while (parent := history.parents[path[-1]]) is not None:
        path.append(parent)
    return tuple(reversed(path))


def is_visible(history: History, state: str) -> bool:
    """Return whether neither the state nor one that it came of is deleted."""
    return history.deleted.isdisjoint(path_to(history, state))


def visible(history: History) -> tuple[str, ...]:
    """Return the states that are not hidden, in order of creation."""
    shown: dict[str, None] = {}
    for state, parent in history.parents.items():
        if state not in history.deleted and (parent is None or parent in shown):
            shown[state] = None
    return tuple(shown)


def children(history: History) -> dict[str, tuple[str, ...]]:
    """Return every visible state's visible children, in order of creation."""
    found: dict[str, list[str]] = {}
    for state in visible(history):
        found[state] = []
        parent = history.parents[state]
        if parent is not None:
            found[parent].append(state)
    return {state: tuple(its) for state, its in found.items()}


def add(history: History, parent: str, state: str, *, begun_at: str | None = None) -> History:
    """Return the tree with a new child, on which the cursor stands.

    A hidden parent comes back: its result was worked on while somebody deleted it, and is not to be lost. A cursor that
    has been moved since it stood at `begun_at`, if that is given, stays where it is.

    Raises
    ------
    ParameterError
        If there is no such parent.
    """
    shown = restore(history, parent)
    grown = replace(shown, parents=MappingProxyType({**shown.parents, state: parent}))
    return jump(grown, state) if begun_at in (None, history.cursor) else grown


def jump(history: History, state: str) -> History:
    """Return the tree with the cursor on a visible state; redo will lead along the way to it.

    Raises
    ------
    ParameterError
        If there is no such state or it is hidden.
    """
    path = path_to(history, state)
    if not history.deleted.isdisjoint(path):
        raise ParameterError(f"Expected a state that is shown, got the deleted {state!r}: restore it first.")
    way = dict(pairwise(path))
    return replace(history, cursor=state, visited=MappingProxyType({**history.visited, **way}))


def undo_target(history: History) -> str | None:
    """Return the state before the cursor, or None at the root."""
    return history.parents[history.cursor]


def redo_target(history: History) -> str | None:
    """Return the cursor's child that was visited last, else its newest; None at the end of a branch."""
    offspring = children(history)[history.cursor]
    last = history.visited.get(history.cursor)
    return last if last in offspring else offspring[-1] if offspring else None


def delete(history: History, state: str) -> History:
    """Return the tree with a state and its descendants hidden; a cursor among them moves to the state before.

    Raises
    ------
    ParameterError
        If there is no such state, or it is the root.
    """
    parent = history.parents[path_to(history, state)[-1]]
    if parent is None:
        raise ParameterError("Expected a step to delete, got the opened photo: close the document instead.")
    hidden = replace(history, deleted=history.deleted | {state})
    if is_visible(hidden, history.cursor) or not is_visible(history, state):
        return hidden
    return replace(hidden, cursor=parent)


def restore(history: History, state: str) -> History:
    """Return the tree with a state, and all that it came of, shown again.

    Raises
    ------
    ParameterError
        If there is no such state.
    """
    return replace(history, deleted=history.deleted.difference(path_to(history, state)))
