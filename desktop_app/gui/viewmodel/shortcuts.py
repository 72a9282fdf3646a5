"""Which keys do what: those of the program, and those that the user chose instead. Without Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

SETTING = "shortcuts"
"""The user's settings hold an object under it: ids of actions with their keys, several separated by ``|``."""


class Bound(Protocol):
    """What is asked of an action's row."""

    @property
    def id(self) -> str:
        """By which settings name it."""

    @property
    def full_title(self) -> str:
        """What it is called."""

    @property
    def shortcut(self) -> str:
        """Its keys, several separated by ``|``."""


@dataclass(frozen=True)
class Bindings:
    """The keys of every action, and what is to be said of the user's choice.

    ``keys`` holds them by id, several separated by ``|``; ``faults`` are sentences on choices that were set aside.
    """

    keys: Mapping[str, str]
    faults: tuple[str, ...] = ()


def bindings(actions: Iterable[Bound], chosen: Any) -> Bindings:
    """Return the keys of every action: the chosen ones where they can be, else its own.

    A choice is set aside, and that is said, where there is no such action, it is no text, or another action was given
    the same keys before. An action's own keys give way to those that the user chose for another.

    Parameters
    ----------
    actions : iterable of Bound
        In the order of their table.
    chosen : object
        As the settings hold it: a mapping from ids to keys; whatever else was written there is said and set aside.
    """
    known = {action.id: action for action in actions}
    if not isinstance(chosen, Mapping):
        return Bindings({name: action.shortcut for name, action in known.items()},
                        ("Expected the shortcuts as an object of actions and keys, got something else: the program's "
                         "own are in force.",))  # fmt: skip
    faults, kept, owners = [], dict[str, str](), dict[str, str]()
    for name, keys in chosen.items():
        if name not in known or not isinstance(keys, str):
            faults.append(f"Expected keys for one of the program's actions, got {name!r}: {keys!r}: it is left out.")
            continue
        taken = next((owners[key] for key in split(keys) if key in owners), None)
        if taken is not None:
            faults.append(f"{keys} is chosen for “{known[taken].full_title}” already: “{known[name].full_title}” keeps "
                          "its own.")  # fmt: skip
            continue
        kept[name] = keys
        owners |= {key: name for key in split(keys)}  # noqa: C420 - of which the type is known
    own = {name: "|".join(part for part in action.shortcut.split("|") if part and normal(part) not in owners)
           for name, action in known.items()}  # fmt: skip
    return Bindings(own | kept, tuple(faults))


def conflict(actions: Iterable[Bound], keys: Mapping[str, str], action: str, wanted: str) -> str:
    """Return in a sentence who has keys already that are wanted for an action; empty where nobody has.

    Parameters
    ----------
    actions : iterable of Bound
        All of them.
    keys : mapping
        Of all actions, as they are.
    action : str
        The id of the one that is to get them.
    wanted : str
        One or several, separated by ``|``.
    """
    parts = set(split(wanted))
    for other in actions:
        if other.id != action and parts & set(split(keys.get(other.id, ""))):
            told = wanted.replace("|", " or ")
            return f"{told} is “{other.full_title}” already: choose others, or change that first."
    return ""


def changed(actions: Iterable[Bound], chosen: Mapping[str, str], action: str, wanted: str | None) -> dict[str, str]:
    """Return the user's choices with other keys for an action; None for the program's own, which are not kept."""
    own = next(one.shortcut for one in actions if one.id == action)
    rest = {name: keys for name, keys in chosen.items() if name != action}
    return rest if wanted is None or split(wanted) == split(own) else {**rest, action: wanted}


def split(keys: str) -> tuple[str, ...]:
    """Return several keys apart, each in one spelling."""
    return tuple(normal(part) for part in keys.split("|") if part.strip())


def normal(key: str) -> str:
    """Return keys in one spelling, so that ``ctrl+shift+p`` is ``Shift+Ctrl+P``.

    Examples
    --------
    >>> normal("ctrl+shift+p"), normal("Shift+Ctrl+P"), normal("Ctrl++")
    ('ctrl+shift+p', 'ctrl+shift+p', 'ctrl++')
    """
    text = key.strip().lower()
    last = "+" if text.endswith("+") else text.rpartition("+")[2]
    held = [part.strip() for part in text[: len(text) - len(last)].split("+") if part.strip()]
    return "+".join([*sorted(held), last])
