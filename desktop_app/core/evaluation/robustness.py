"""How much of what a classifier gets right is left under attack: the worst of all attacks, photo by photo.

A photo counts as lost at a budget if it was misread to begin with, or if any attack at any budget up to it has worked:
a larger ball holds all smaller ones. A restoration before the model is a defence: judged by attacks that do not know of
it, and by those that are aimed at the model behind it, which alone say what it is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.core.evaluation import page
from desktop_app.core.evaluation.classifier import Judged
from desktop_app.core.evaluation.conditions import KNOWN
from desktop_app.core.lab.preference import wilson
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ANY", "WORST", "least_budgets", "lines", "plots", "robustness", "sentence", "tables"]

WORST = "the worst of all"
ANY = "any of them"
_HARDEST = "attack.auto"
_BLIND, _BY_GRADIENT = "attack.square", {"attack.pgd", "attack.apgd", "attack.fab"}
_COLUMNS = ("model", "attacked", "defence", "attack", "eps", "n", "accuracy", "low", "high")
_PHOTOS = ("photo", "least_eps", "outcome")


def robustness(models: Sequence[str], found: Sequence[Sequence[Judged]], names: Sequence[str]) -> dict[str, Any]:
    """Return what is left under attack.

    Parameters
    ----------
    models : sequence of str
        Who is asked. What attacks on another model do to one is transfer.
    found : sequence of sequence of Judged
        By condition and model; of the photos as they are, and restored first, one of each.
    names : sequence of str
        Of the photos.

    Returns
    -------
    dict
        ``rows``: for each model, attacked model (of several also any of them), defence, attack (and the worst of all)
        and budget the share that is still right, with Wilson's 95% interval. ``photos``: for each photo the least
        budget that fooled the first model, 0 where it was misread from the first, None where it held out or could not
        be asked about, and in a word which of these (``outcome``). ``tools``: the attacks' ids. ``masking``: a sentence
        where the first model seems to hide its gradients. Empty without attacks.
    """
    plain = {some[0].condition.defence: some for some in found if not some[0].condition.group}
    attacks = [some for some in found if some[0].condition.attacked]
    rows: list[dict[str, Any]] = []
    least: dict[str, NDArray[np.float64]] = {}
    for attacked, defence, line, mine in _parts(attacks):
        clean = plain[defence.removesuffix(KNOWN)]
        for way, model in enumerate(models):
            own = [one[way] for one in mine]
            budgets = least_budgets(clean[way], own, len(names))
            shown = {"model": model, "attacked": attacked, "defence": defence or "none", "attack": line}
            rows += [{**shown, **point} for point in _curve(budgets, own)]
            if not way and not defence:
                least[line] = budgets
    worst = least.get(WORST, next(iter(least.values()), ()))
    photos = [_photo(name, budget) for name, budget in zip(names, worst, strict=True)] if attacks else []
    tools = sorted({some[0].condition.group for some in attacks})
    if not attacks:
        return {}
    own = [some[0] for some in attacks if some[0].condition.attacked == models[0] and not some[0].condition.defence]
    masking = _masking(plain[""][0], own, models[0], len(names)) if own else []
    return {"rows": rows, "photos": photos, "attacked": models[0], "tools": tools, "masking": masking}


def _masking(clean: Judged, attacked: Sequence[Judged], model: str, count: int) -> list[str]:
    """Return a sentence where squares fooled photos that no attack along the gradient did (arXiv:2003.01690).

    Photos that were misread from the first, or that an attack could not be asked about, say nothing of gradients.
    """
    least = {tool: least_budgets(clean, [one for one in attacked if one.condition.group == tool], count)
             for tool in {one.condition.group for one in attacked}}  # fmt: skip
    along = [budgets for tool, budgets in least.items() if tool in _BY_GRADIENT]
    if _BLIND not in least or not along:
        return []
    is_fooled = np.isfinite(least[_BLIND]) & (least[_BLIND] > 0.0)
    more = int((is_fooled & np.isposinf(along).all(0)).sum())
    return [
        f"{model} hides its gradients: {_BLIND}, which follows none, fooled {counted(more, 'photo')} that attacks "
        "along the gradient did not, and its robustness is overrated by those"
    ] if more else []


def _parts(attacks: Sequence[Sequence[Judged]]) -> Iterator[tuple[str, str, str, list[Sequence[Judged]]]]:
    """Yield whom conditions attack, behind what defence, by which attack, and the conditions.

    Where there are several attacks, the worst of all comes after them; where several models are attacked, the worst of
    all that was aimed at any of them comes last.
    """
    sources = list(dict.fromkeys(some[0].condition.attacked for some in attacks))
    for source in sources if len(sources) < 2 else [*sources, ANY]:
        aimed = [some for some in attacks if source in (ANY, some[0].condition.attacked)]
        for defence in dict.fromkeys(some[0].condition.defence for some in aimed):
            mine = [some for some in aimed if some[0].condition.defence == defence]
            lines = list(dict.fromkeys(some[0].condition.attack for some in mine))
            for line in lines if source != ANY else ():
                yield source, defence, line, [some for some in mine if some[0].condition.attack == line]
            if len(lines) > 1 or source == ANY:
                yield source, defence, WORST, mine


def least_budgets(clean: Judged, attacked: Sequence[Judged], count: int) -> NDArray[np.float64]:
    """Return each photo's least budget that fooled the model, ``(N,)`` float64, N being `count`.

    It is 0 where the photo is misread as it is, infinite where the model held out, NaN where it was not asked about the
    photo as it is or at some budget: what an attack would have done there nobody knows.
    """
    least = np.full(count, np.nan)
    least[clean.places] = np.where(_is_right(clean), np.inf, 0.0)
    for one in attacked:
        lost = one.places[~_is_right(one)]
        least[lost] = np.minimum(least[lost], float(one.condition.level or 0.0))
    for one in attacked:
        least[~np.isin(np.arange(count), one.places)] = np.nan
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
    outcome = "not asked" if np.isnan(budget) else "held out" if np.isinf(budget) else "fooled" if budget else "misread"
    return {"photo": name, "least_eps": float(budget) if np.isfinite(budget) else None, "outcome": outcome}


def sentence(said: Mapping[str, Any]) -> str:
    """Return what is left at the largest budget, of the model that was attacked; empty without attacks."""
    if not said:
        return ""
    mine = [row for row in said["rows"] if row["model"] == said["attacked"]]
    rows = [row for row in mine if row["defence"] == "none"]
    last = rows[-1]
    some = len({(row["attack"], row["attacked"]) for row in rows if row["attack"] != WORST})
    who = f"the worst of {some} attacks" if some > 1 else last["attack"]
    more = "" if _HARDEST in said["tools"] else f" Harder attacks may leave less: {_HARDEST} is the measure to publish."
    return (f" Under {who} it is right on {last['accuracy']:.1%} of {counted(last['n'], 'photo')} at ε {last['eps']:g} "
            f"(95% interval {last['low']:.1%} to {last['high']:.1%}).{more}{_of_defences(mine)}")  # fmt: skip


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


def lines(said: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is left, a sentence for each row."""
    for row in said.get("rows", ()):
        share = f"{row['accuracy']:.4g} ({row['low']:.3g} to {row['high']:.3g})"
        yield (f"{row['model']} under {_attack(row, said['rows'])}, defence {row['defence']}, ε {row['eps']:g}: "
               f"right on {share} of {row['n']}")  # fmt: skip


def _attack(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return an attack's name; where several models are attacked, with the one that it was aimed at."""
    is_one = len({one["attacked"] for one in rows}) == 1
    return str(row["attack"]) if is_one else f"{row['attack']} on {row['attacked']}"


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
        name = ", ".join(part for part in (row["model"], _attack(row, said["rows"]), row["defence"]) if part != "none")
        lines.setdefault(name, []).append((row["eps"], row["accuracy"]))
    return [page.levels_plot(lines, "share still right", "ε, 8-bit levels")] if lines else []
