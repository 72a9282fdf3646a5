"""What a report says in plain words: how sure a model is, what became of an attack, how far the truth may lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_SURE, _LIKELY = 0.9, 0.5  # probabilities from which a model is said to be sure, and to see something at all
_RIVAL = 0.5  # of the first one's probability: from here on another class is one that it hesitates about

_NORMS = {"linf": "the most of any value", "l2": "in L2", "l1": "in L1", "l0": "in any colour"}

Top = Sequence[Mapping[str, Any]]
"""Classes, most probable first: ``label``, ``p`` and, where a method asked several times, ``low`` and ``high``."""


def verdict(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a report found, in sentences; none where it only tells what was done.

    Examples
    --------
    >>> top = [{"label": "cat", "p": 0.48}, {"label": "dog", "p": 0.41}, {"label": "ship", "p": 0.02}]
    >>> verdict({"prediction": top})
    ('The model is unsure between “cat” (48 %) and “dog” (41 %).',)
    """
    if "success" in report:
        return _of_attack(report)
    top, half, share = (report.get(name) for name in ("prediction", "mean_half_width", "target_coverage"))
    if half is not None and share is not None:
        return (f"{100 * share:g} % of the true values lie within an interval of ± {half:.1f} levels on average.",)
    return (_of_prediction(top), *_of_members(report), *_of_set(report)) if top else ()


def _of_prediction(top: Top) -> str:
    first = top[0]
    rivals = [other for other in top if other["p"] >= _RIVAL * first["p"] or _overlap(first, other)]
    if first["p"] < _SURE and len(rivals) > 1:
        told = [_told(each) for each in rivals]
        return f"The model is unsure between {', '.join(told[:-1])} and {told[-1]}."
    if first["p"] < _LIKELY:
        return f"The model does not know: its best guess is {_told(first)}."
    if first["p"] < _SURE:
        rest = f"; {_told(top[1])} comes next" if len(top) > 1 else ""
        return f"The model sees {_told(first)}, with some doubt{rest}."
    return f"The model sees {_told(first)}, and is sure of it."


def _overlap(first: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether, of several answers, some gave another class more than others gave the first."""
    return "low" in first and "high" in other and other["high"] >= first["low"]


def _of_members(report: Mapping[str, Any]) -> tuple[str, ...]:
    agreeing, members = report.get("agreeing"), report.get("members")
    if agreeing is None or not members:
        return ()
    return (f"All {members} models say so.",) if agreeing == members else (f"{agreeing} of {members} models say so.",)


def _of_set(report: Mapping[str, Any]) -> tuple[str, ...]:
    names, share = report.get("set"), report.get("target_coverage")
    if names is None or share is None:
        return ()
    told = ", ".join(f"“{name}”" for name in names) or "none of them"
    return (f"The set that holds the right class in {100 * share:g} % of photos: {told}.",)


def _of_attack(report: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = (_name(report.get(when)) for when in ("before", "after"))
    is_same = before == after
    if not report["success"]:
        why = f"the model still says {after}" if is_same else f"the model now says {after}, which was not asked for"
        return (f"The attack failed: {why}.", *_of_smallest(report))
    if is_same:
        return (f"There was nothing to attack: the model says {after} of the photo as it is.",)
    said = f"The attack succeeded: the model said {before} and now says {after}."
    holds = report.get("success_after_8bit")
    if holds is None:
        return said, *_of_smallest(report)
    return said, *_of_smallest(report), ("Saved as an 8-bit file, the picture still fools it." if holds else
                  "Saved as an 8-bit file, the picture no longer fools it: rounding undoes the attack.")  # fmt: skip


def _of_smallest(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return how large the smallest change is that an attack knows of, where it looked for that."""
    size, norm = report.get("smallest"), report.get("norm")
    if not size:
        return ()
    far = f"{size:.3g} {report.get('unit', 'levels')}{f' ({_NORMS.get(norm, norm)})' if norm else ''}"
    return (f"The smallest change that it found to fool the model measures {far}; there may be a smaller one.",)


def _name(top: Top | None) -> str:
    return f"“{top[0]['label']}”" if top else "“?”"


def _told(entry: Mapping[str, Any]) -> str:
    return f"“{entry['label']}” ({100 * entry['p']:.0f} %)"
