"""A document's tree together with its states, as one frozen value."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from desktop_app.api.errors import ParameterError
from desktop_app.core.document import history
from desktop_app.core.document.history import History
from desktop_app.core.document.state import State


@dataclass(frozen=True)
class Content:
    """What a document holds besides arrays.

    Parameters
    ----------
    tree : History
        Which state came of which, and where the cursor stands.
    known : mapping of str to State
        All states, hidden ones too, without their children.
    """

    tree: History
    known: Mapping[str, State]

    @cached_property
    def shown(self) -> Mapping[str, State]:
        """The states that are not hidden, in order of creation, with their children."""
        children = history.children(self.tree)
        return MappingProxyType({name: replace(self.known[name], children=its) for name, its in children.items()})

    @cached_property
    def hidden(self) -> Mapping[str, State]:
        """The deleted states and what came of them, in order of creation."""
        return MappingProxyType({name: state for name, state in self.known.items() if name not in self.shown})

    @cached_property
    def signature(self) -> Hashable:
        """Equal for two contents when nothing of one is lost with the other; which state is shown is no content."""
        titles = tuple((name, state.title) for name, state in self.known.items())
        return titles, self.tree.deleted

    def find(self, state_id: str) -> State:
        """Return a state, hidden or not.

        Raises
        ------
        ParameterError
            If there is no such state.
        """
        if state_id not in self.known:
            raise ParameterError(f"Expected a state of this document, got {state_id!r}: choose one from its history.")
        return self.known[state_id]

    def having(self, state: State) -> Content:
        """Return the content with a new state, or another one under the same id."""
        return replace(self, known=MappingProxyType({**self.known, state.id: state}))
