"""What evaluations found a model to keep under attack, by budget: kept at home, for who is about to attack it.

One file for a model's weights, ``curves/SHA256.json``; an attack in a norm that is measured again replaces the former.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.core.atomic import write_whole
from desktop_app.core.json_text import parsed_json
from desktop_app.core.private import private_folder
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from desktop_app.core.evaluation.conditions import Condition
    from desktop_app.core.plugins.entries import Snapshot

__all__ = ["curves_of", "keep", "said_at"]

_FOLDER = "curves"

Curve = Mapping[str, Any]


def curves_of(
    held: Mapping[str, Any], shown: Sequence[Condition], snapshot: Snapshot, dataset: str
) -> Iterator[Curve]:
    """Yield a curve for each attack on the first model, bare.

    Parameters
    ----------
    held : mapping
        As `desktop_app.core.evaluation.robustness.robustness` gives it.
    shown : sequence of Condition
        Which the attacks are among.
    snapshot : Snapshot
        For the norm of an attack that was given none.
    dataset : str
        What it is called.
    """
    first = next((one.attacked for one in shown if one.attacked), "")
    attacks = {one.attack: one for one in shown if one.attacked == first and not one.defence}
    rows = [row for row in held.get("rows", ()) if (row["model"], row["attacked"], row["defence"]) == (
        held["attacked"], first, "none")]
    for line, attack in attacks.items():
        mine = [row for row in rows if row["attack"] == line]
        if mine:
            (step,) = attack.steps
            norm = step.params.get("norm") or snapshot.tools_by_id[step.tool].properties.get("norm", {}).get("default")
            yield {
                "tool": step.tool, "title": line, "norm": norm, "dataset": dataset, "n": mine[0]["n"],
                "date": time.strftime("%Y-%m-%d"), "points": [[row["eps"], row["accuracy"]] for row in mine],
            }  # fmt: skip


def keep(home: Path, sha256: str, curves: Iterator[Curve]) -> None:
    """Keep curves of a model's weights in the program's data folder.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    found = list(curves)
    if found:
        new = {(one["tool"], one["norm"]) for one in found}
        before = [one for one in _kept(home, sha256) if (one["tool"], one["norm"]) not in new]
        write_whole(_path(home, sha256), json.dumps([*before, *found]).encode())


def said_at(home: Path, sha256: str, tool: str, norm: str | None, eps: float) -> str:
    """Return what is known of the share of photos that a model keeps at a budget in 8-bit levels, or nothing.

    Of the same attack where it was evaluated; else of the one in this norm that leaves least.
    """
    curves = [one for one in _kept(home, sha256) if one["norm"] == norm]
    same = [one for one in curves if one["tool"] == tool]
    if not curves:
        return ""
    curve = same[0] if same else min(curves, key=lambda one: float(_around(one, eps)[0][1]))
    (low, most), (high, least) = _around(curve, eps)
    share = f"{most:.0%}" if low == high else f"{least:.0%} to {most:.0%}"
    beyond = f" at ε {low:g}, and was not asked beyond" if eps > high else f" at ε {eps:g}"
    return (f"Of {counted(curve['n'], 'photo')} of {curve['dataset']} this model still read {share} rightly{beyond} "
            f"({curve['title']}, {curve['date']}).")  # fmt: skip


def _around(curve: Curve, eps: float) -> tuple[Sequence[float], Sequence[float]]:
    """Return the last point ``(ε, share)`` up to a budget and the first from it on: the last one twice beyond all."""
    points = curve["points"]
    below = [point for point in points if point[0] <= eps]
    above = [point for point in points if point[0] >= eps]
    return below[-1], (above or below[-1:])[0]


def _path(home: Path, sha256: str) -> Path:
    return private_folder(home / _FOLDER) / f"{sha256}.json"


def _kept(home: Path, sha256: str) -> list[dict[str, Any]]:
    path = home / _FOLDER / f"{sha256}.json"
    try:
        return list(parsed_json(path.read_text(encoding="utf-8"))) if path.is_file() else []
    except ValueError:  # of somebody's hand: nothing is known, and the next evaluation writes it anew
        return []
