"""Under what photos are shown to a model: as they are, degraded, attacked, each perhaps restored first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.kinds import fits, traits_of

if TYPE_CHECKING:
    from desktop_app.core.plugins.entries import Snapshot

__all__ = [
    "FIFTEEN", "KNOWN", "Condition", "attacked", "known_to_attack", "plain", "restored_first", "shifted",
]  # fmt: skip

FIFTEEN = (
    "gaussian_noise", "poisson_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur",
    "snow", "frost", "fog", "brightness", "contrast", "elastic", "pixelate", "jpeg",
)  # fmt: skip
"""The shifts of ImageNet-C (Hendrycks, Dietterich 2019), by what ``degrade.`` calls them; shot noise is Poisson's."""

KNOWN = ", known to the attack"
"""After a defence's name, where attacks were aimed at the model behind it."""

_DRAWS = 10  # of a restoration by chance, for each step of an attack that knows of it


@dataclass(frozen=True)
class Condition:
    """What is done to each photo before the model sees it.

    Parameters
    ----------
    name : str
        As a table says it.
    group : str
        The shift's or the attack's tool; empty for photos as they are.
    level : float, optional
        Severity, or budget in 8-bit levels.
    steps : tuple of ToolRequest
        One after the other.
    line : str
        What its line in a plot over levels is called.
    defence : str
        What restores the photos before the model sees them, and whether an attack knows of it; empty for nothing.
    attacked : str
        The id of the model that an attack was aimed at; empty where nothing was attacked.
    """

    name: str
    group: str = ""
    level: float | None = None
    steps: tuple[ToolRequest, ...] = ()
    line: str = ""
    defence: str = ""
    attacked: str = ""

    @property
    def attack(self) -> str:
        """The attack's own title: of one line on several models, and with and without a defence."""
        return self.line.removesuffix(f", {self.defence}").removesuffix(f" on {self.attacked}")

def plain() -> Condition:
    """Return the photos as they are."""
    return Condition("as they are")


def shifted(names: Sequence[str], severities: Sequence[int], snapshot: Snapshot, device: str) -> list[Condition]:
    """Return shifts at their severities; ``all`` stands for the fifteen.

    Raises
    ------
    ParameterError
        If there is no such degradation, or it has no severities.
    """
    known = {tool.id: tool for tool in snapshot.tools if "severity" in tool.properties}
    wanted = [one for name in names for one in (FIFTEEN if name == "all" else (name,))]
    found = []
    for name in wanted:
        tool = known.get(name if "." in name else f"degrade.{name}")
        if tool is None:
            raise ParameterError(f"expected a shift with severities ({', '.join(sorted(known))}), got {name!r}")
        found += [
            Condition(f"{tool.title}, severity {severity}", tool.id, severity,
                      (ToolRequest(tool.id, {"severity": severity}, device=device),), tool.title)
            for severity in severities
        ]  # fmt: skip
    return found


def attacked(
    tool: str, budgets: Sequence[float], norm: str | None, models: Sequence[str], snapshot: Snapshot, device: str
) -> list[Condition]:
    """Return an attack on each model at its budgets, in 8-bit levels; of several the names say which.

    Raises
    ------
    ParameterError
        If there is no such attack, or it has no budget.
    """
    attacks = [one for one in snapshot.tools if traits_of(one.kind).is_held_to_budget and "eps" in one.properties]
    known = {one.id: one for one in attacks if any(fits(form, 1, 0) for form in one.subjects)}
    entry = known.get(tool if "." in tool else f"attack.{tool}")
    if entry is None:
        raise ParameterError(f"expected an attack on a classifier with a budget ε ({', '.join(sorted(known))}), got "
                             f"{tool!r}; choose one of them")
    more = {} if norm is None else {"norm": norm}
    lines = {model: f"{entry.title} on {model}" if len(models) > 1 else entry.title for model in models}
    return [
        Condition(f"{line}, ε {budget:g}", entry.id, budget, (ToolRequest(
            entry.id, {"eps": budget, **more}, subjects=(ModelSpec(model),), device=device,
        ),), line, attacked=model)
        for model, line in lines.items() for budget in budgets
    ]  # fmt: skip


def restored_first(condition: Condition, before: TargetSpec, title: str, device: str) -> Condition:
    """Return a condition whose photos a restoration works on before the model sees them.

    An attack that came before does not know of the restoration; see `known_to_attack`.
    """
    steps = (*condition.steps, ToolRequest(before.tool, before.params, device=device))
    name, line = (f"{words}, {title} first" for words in (condition.name, condition.line))
    return replace(condition, name=name, line=line, steps=steps, defence=f"{title} first")


def known_to_attack(condition: Condition, before: TargetSpec, snapshot: Snapshot, device: str) -> Condition | None:
    """Return an attack's condition aimed at the model behind a restoration, or None where the attack takes no such two.

    The adaptive evaluation that a defence is owed (Athalye, Carlini, Wagner 2018, arXiv:1802.00420): the restoration's
    own gradients, straight through it where it has none, and the mean over draws where it works by chance.
    """
    (attack,) = condition.steps
    entry, restoration = snapshot.tools_by_id[attack.tool], snapshot.tools_by_id[before.tool]
    if not any(fits(form, 1, 1) for form in entry.subjects):
        return None
    more = {"draws": _DRAWS} if restoration.stochastic and "draws" in entry.properties else {}
    aimed = replace(attack, params={**attack.params, **more}, subjects=(*attack.subjects, before))
    found = restored_first(replace(condition, steps=(aimed,)), before, restoration.title, device)
    return replace(found, name=found.name + KNOWN, line=found.line + KNOWN, defence=found.defence + KNOWN)
