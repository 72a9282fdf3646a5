"""How much of what a classifier gets right is left under attack: the worst of all attacks, photo by photo.

A photo counts as lost at a budget if it was misread to begin with, or if any attack at any budget up to it has worked:
a larger ball holds all smaller ones. A restoration before the model is a defence: judged by attacks that do not know of
it, and by those that are aimed at the model behind it, which alone say what it is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.core.evaluation import page
from desktop_app.core.evaluation.classifier import Judged
from desktop_app.core.evaluation.conditions import KNOWN
from desktop_app.core.lab.preference import wilson
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ATTACK", "WORST", "least_budgets", "plots", "robustness", "sentence", "tables"]

ATTACK = "attack."
WORST = "the worst of all"
_COLUMNS = ("model", "defence", "attack", "eps", "n", "accuracy", "low", "high")
_PHOTOS = ("photo", "least_eps")


def robustness(models: Sequence[str], found: Sequence[Sequence[Judged]], names: Sequence[str]) -> dict[str, Any]:
    """Return what is left under attack.

    Parameters
    ----------
    models : sequence of str
        Who is asked; the attacks are on the first, and what they do to others is transfer.
    found : sequence of sequence of Judged
        By condition and model; of the photos as they are, and restored first, one of each.
    names : sequence of str
        Of the photos.

    Returns
    -------
    dict
        ``rows``: for each model, defence, attack (and the worst of all) and budget the share that is still right, with
        Wilson's 95% interval. ``photos``: for each photo the least budget that fooled the first model, 0 where it was
        misread from the first, None where it held out. Empty without attacks.
    """
    plain = {some[0].condition.defence: some for some in found if not some[0].condition.group}
    attacks = [some for some in found if some[0].condition.group.startswith(ATTACK)]
    rows: list[dict[str, Any]] = []
    photos: list[dict[str, Any]] = []
    for defence in dict.fromkeys(some[0].condition.defence for some in attacks):
        clean = plain[defence.removesuffix(KNOWN)]
        mine = [some for some in attacks if some[0].condition.defence == defence]
        for way, model in enumerate(models):
            for line, some in _by_attack([one[way] for one in mine]).items():
                least = least_budgets(clean[way], some, len(names))
                shown = {"model": model, "defence": defence or "none", "attack": line}
                rows += [{**shown, **point} for point in _curve(least, some)]
            if not photos:
                photos = [_photo(name, budget) for name, budget in zip(names, least, strict=True)]
    return {"rows": rows, "photos": photos, "attacked": models[0]} if attacks else {}


def _by_attack(attacked: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Return what each attack came to at its budgets, and of several the worst of all."""
    found: dict[str, list[Judged]] = {}
    for one in attacked:
        found.setdefault(one.condition.line.removesuffix(f", {one.condition.defence}"), []).append(one)
    return {**found, WORST: list(attacked)} if len(found) > 1 else found


def least_budgets(clean: Judged, attacked: Sequence[Judged], count: int) -> NDArray[np.float64]:
    """Return each photo's least budget that fooled the model, ``(N,)`` float64, N being `count`.

    It is 0 where the photo is misread as it is, infinite where the model held out, NaN where it was not asked.
    """
    least = np.full(count, np.nan)
    least[clean.places] = np.where(_is_right(clean), np.inf, 0.0)
    for one in attacked:
        lost = one.places[~_is_right(one)]
        least[lost] = np.minimum(least[lost], float(one.condition.level or 0.0))
    return least


def _is_right(one: Judged) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = one.probabilities.argmax(1) == one.classes
    return right


def _curve(least: NDArray[np.float64], attacked: Sequence[Judged]) -> list[dict[str, Any]]:
    asked = least[~np.isnan(least)]
    points = []
    for eps in sorted({0.0, *(float(one.condition.level or 0.0) for one in attacked)}):
        held = int((asked > eps).sum())
        low, high = wilson(held, len(asked))
        points.append({"eps": eps, "n": len(asked), "accuracy": held / max(1, len(asked)), "low": low, "high": high})
    return points


def _photo(name: str, budget: float) -> dict[str, Any]:
    return {"photo": name, "least_eps": float(budget) if np.isfinite(budget) else None}


def sentence(said: Mapping[str, Any]) -> str:
    """Return what is left at the largest budget, of the model that was attacked; empty without attacks."""
    if not said:
        return ""
    mine = [row for row in said["rows"] if row["model"] == said["attacked"]]
    rows = [row for row in mine if row["defence"] == "none"]
    last = rows[-1]
    some = len({row["attack"] for row in rows} - {WORST})
    who = f"the worst of {some} attacks" if some > 1 else last["attack"]
    return (f" Under {who} it is right on {last['accuracy']:.1%} of {counted(last['n'], 'photo')} at ε {last['eps']:g} "
            f"(95% interval {last['low']:.1%} to {last['high']:.1%}).{_of_defences(mine)}")  # fmt: skip


def _of_defences(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what each defence keeps at the largest budget: against attacks that know of it, where there are any."""
    last = {row["defence"]: row for row in rows}
    said = ""
    for defence, row in last.items():
        if defence == "none" or defence.endswith(KNOWN):
            continue
        known = last.get(defence + KNOWN)
        said += f" With {defence} {row['accuracy']:.1%}, as long as the attack does not know of it; " + (
            "no attack here can be aimed at both together." if known is None
            else f"{known['accuracy']:.1%} where it does."
        )
    return said


def tables(said: Mapping[str, Any]) -> list[page.Table]:
    """Return the page's tables: what is left, and each photo's least budget."""
    return [
        (heading, columns, [[row[name] for name in columns] for row in said[key]])
        for heading, columns, key in (("Under attack", _COLUMNS, "rows"), ("Least budgets", _PHOTOS, "photos"))
        if said
    ]  # fmt: skip


def plots(said: Mapping[str, Any]) -> list[page.Plot]:
    """Return what is left against ε, a line for each model, defence and attack."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in said.get("rows", ()):
        name = ", ".join(part for part in (row["model"], row["attack"], row["defence"]) if part != "none")
        lines.setdefault(name, []).append((row["eps"], row["accuracy"]))
    return [page.levels_plot(lines, "share still right", "ε, 8-bit levels")] if lines else []
