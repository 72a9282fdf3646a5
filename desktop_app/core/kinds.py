"""What a kind of tool means to the host: one row each. Nobody else compares kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class KindTraits:
    """What the host expects of a kind of tool, does for it, and says of it.

    Parameters
    ----------
    title : str
        What the tool list calls it.
    spans_tasks : bool
        Whether its tools are told apart by task in the tool list, even where there is only one.
    gives_picture : bool
        Whether a picture must come out: it is saved, and can be previewed.
    measures : bool
        Whether a map or a report must come out: the first map is shown at once, and the report names method and model.
        A picture that comes along is of another tool, and may have any size.
    is_held_to_budget : bool
        Whether it gets values in [0, 1], and its picture is projected into the budget around them and judged.
    has_strength : bool
        Whether its picture may be mixed with its input, more or less strongly, and still is what it says it is.
    can_be_target : bool
        Whether other tools may question, attack or use it.
    joins_target : str
        The word between its title and its target's.
    is_wanted : bool
        Whether people look for what it does to their photos; else a search tells of it after what they do look for.
    does_to_target : str
        What it has done to its target, in one verb; empty where it worked together with it.
    """

    title: str
    spans_tasks: bool = False
    gives_picture: bool = False
    measures: bool = False
    is_held_to_budget: bool = False
    has_strength: bool = False
    can_be_target: bool = False
    joins_target: str = "of"
    is_wanted: bool = True
    does_to_target: str = ""


KINDS: Mapping[str, KindTraits] = MappingProxyType({
    "restoration": KindTraits(
        title="Restore", spans_tasks=True, gives_picture=True, has_strength=True, can_be_target=True,
        joins_target="with",
    ),
    "attack": KindTraits(
        title="Attack", gives_picture=True, is_held_to_budget=True, joins_target="on", does_to_target="attacked",
    ),
    "uncertainty": KindTraits(title="Uncertainty", measures=True, does_to_target="questioned"),
    "degradation": KindTraits(title="Degrade", gives_picture=True, has_strength=True, is_wanted=False),
})  # fmt: skip
"""In the order of the contract, which is the tool list's."""



def fits(form: str, classifiers: int, restorations: int) -> bool:
    """Return whether so many subjects are what a descriptor's form of question names.

    Examples
    --------
    >>> fits("classifier", 1, 0), fits("classifier", 2, 0), fits("classifiers", 2, 0)
    (True, False, True)
    >>> fits("classifier+restoration", 1, 1), fits("classifier+restoration", 1, 0)
    (True, False)
    """
    parts = form.split("+")
    return all(
        count == 1 if kind in parts else count >= 1 if f"{kind}s" in parts else count == 0
        for kind, count in (("classifier", classifiers), ("restoration", restorations))
    )


_STRANGE = KindTraits(title="Other", gives_picture=True)


def traits_of(kind: str) -> KindTraits:
    """Return a kind's row; for one that only a newer version knows, which a project may hold, a plain picture's."""
    return KINDS.get(kind, _STRANGE)
