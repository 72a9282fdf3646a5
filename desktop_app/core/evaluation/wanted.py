"""What an evaluation of a classifier is to ask, and under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ParameterError
from desktop_app.core.evaluation import conditions
from desktop_app.core.evaluation.conditions import Condition
from desktop_app.core.evaluation.methods import SOFTMAX
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import TargetSpec
    from desktop_app.core.plugins.entries import Snapshot

__all__ = ["LEAST_LOPSIDED", "Wanted", "conditions_of"]

LEAST_LOPSIDED = 0.01
"""Of a label shift's concentrations: below it all photos drawn are of one class."""


@dataclass(frozen=True)
class Wanted:
    """Who is asked, how, and under what, beside a model's softmax of the photos as they are.

    Parameters
    ----------
    shifts : tuple of str
        Degradations, or ``all``; at each of `severities`.
    attacks : tuple of str
        Attacks on each model, at each of `budgets` in 8-bit levels, by `norm`; all models see what came of each.
    before : TargetSpec, optional
        A restoration that works on the photos first: every condition is judged with and without it.
    methods : tuple of (str, mapping)
        As `desktop_app.core.evaluation.methods.askings` takes them.
    models : tuple of str
        Further models.
    strangers : Path, optional
        A folder of photos of another kind.
    in_groups : bool
        Whether the dataset's folders are groups, with those of the classes inside.
    label_shift : float, optional
        Concentration of the class shares to draw photos by; less is more lopsided.
    known : Path, optional
        The answers.tif of the model on photos that it knows, for methods that take one.
    certified_by : tuple of TargetSpec
        Tools that prove the models' answers.
    """

    shifts: tuple[str, ...] = ()
    severities: tuple[int, ...] = (1, 2, 3, 4, 5)
    attacks: tuple[str, ...] = ()
    budgets: tuple[float, ...] = ()
    norm: str | None = None
    before: TargetSpec | None = None
    methods: tuple[tuple[str, Mapping[str, Any]], ...] = ((SOFTMAX, {}),)
    models: tuple[str, ...] = ()
    strangers: Path | None = None
    in_groups: bool = False
    label_shift: float | None = None
    known: Path | None = None
    certified_by: tuple[TargetSpec, ...] = ()

    def __post_init__(self) -> None:
        """Refuse class shares that nobody can draw."""
        if self.label_shift is not None and not LEAST_LOPSIDED <= self.label_shift < inf:
            raise ParameterError(f"expected a label shift of {LEAST_LOPSIDED:g} or more, got {self.label_shift:g}; "
                                 "0.5 is lopsided, 10 is not")


def conditions_of(wanted: Wanted, model: str, snapshot: Snapshot, device: str) -> list[Condition]:
    """Return the conditions: the photos as they are first, then changed ones, then all of these restored first.

    Raises
    ------
    ParameterError
        If there is no such shift, attack or restoration.
    """
    found = [conditions.plain(), *conditions.shifted(wanted.shifts, wanted.severities, snapshot, device)]
    for attack in wanted.attacks:
        everyone = tuple(dict.fromkeys((model, *wanted.models)))
        found += conditions.attacked(attack, wanted.budgets, wanted.norm, everyone, snapshot, device)
    before = wanted.before
    if before is None:
        return found
    restoration = snapshot.tools_by_id.get(before.tool)
    if restoration is None or not traits_of(restoration.kind).can_be_target:
        raise ParameterError(f"expected a restoration to work on the photos first, got {before.tool!r}; choose one "
                             "that verilens tools --kind restoration lists")
    title = restoration.title
    aimed = [conditions.known_to_attack(one, before, snapshot, device) for one in found if one.attacked]
    return [*found, *(conditions.restored_first(one, before, title, device) for one in found),
            *(one for one in aimed if one is not None)]  # fmt: skip
