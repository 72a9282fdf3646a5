"""A classifier's evaluation in figures: every way of asking under every condition, and how that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.core.atomic import replaced_file
from desktop_app.core.evaluation import classifier, page
from desktop_app.core.evaluation.answers import LAYERS, Answers
from desktop_app.core.evaluation.conditions import KNOWN
from desktop_app.core.evaluation.methods import SOFTMAX, Asking
from desktop_app.core.lab import calibration
from desktop_app.core.steps.owners import Owner, described
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.evaluation.labelled import LabelledPhoto

__all__ = ["CONVENTION", "payload", "plots", "save_answers", "sentence", "tables"]

CONVENTION = "ECE over 15 bins of equal width; intervals are bootstrap 95% intervals over the photos"
_MOST = 2000  # photos whose answers are kept as those that a model knows
_COLUMNS = ("condition", "n", "accuracy", "nll", "brier", "ece", "ece_low", "ece_high", "ece_equal_mass", "aurc",
            "confidence")  # fmt: skip
_PLAIN = ("model", "method", "n", "accuracy", "nll", "brier", "ece", "aurc")
_METHODS = (*_PLAIN, "mean_shift_error", "mean_shift_ece", "mce")
_GROUPS = ("group", "n", "accuracy", "nll", "brier", "ece", "ece_low", "ece_high", "confidence")
_STRANGERS = ("model", "method", "score", "n", "strangers", "auroc", "beyond", "confidence")
_RESTORED = ("condition", "defence", "n", *(
    f"{name}{end}" for name in ("accuracy", "confidence", "ece") for end in ("", "_restored")
), "gain")  # fmt: skip
_MISTAKES = ("photo", "is", "said", "p")

Row = Mapping[str, Any]


def payload(
    asked: Sequence[Asking], found: Sequence[Sequence[classifier.Judged]], photos: Sequence[LabelledPhoto],
    label_shift: float | None, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Return the figures of answers by condition and way of asking, the photos as they are first.

    Returns
    -------
    dict
        The contract's figures of the first way, ``rows``, ``methods``, ``groups`` (the worst first), ``restored`` (what
        a restoration does to each condition) and ``mistakes``.
    """
    rows = [
        {"model": asking.model, "method": asking.method, **classifier.figures(one, seed)}
        for judged in found for asking, one in zip(asked, judged, strict=True)
    ]  # fmt: skip
    if label_shift is not None:
        rows += [
            {"model": asking.model, "method": asking.method, **row} for asking, one in zip(asked, found[0], strict=True)
            for row in classifier.label_shifted(one, label_shift, seed)
        ]  # fmt: skip
    first, plain = rows[0], found[0][0]
    methods = _methods(asked, rows)
    groups = [photo.group for photo in photos]
    return {
        **{name: first[name] for name in ("n", "accuracy", "nll", "brier", "ece", "ece_interval")},
        "rows": rows, "methods": methods, "mean_shift_error": methods[0]["mean_shift_error"],
        "groups": classifier.by_group(plain, groups, seed) if any(groups) else [], "restored": _restored(rows),
        "mistakes": classifier.mistakes(plain, [photo.name for photo in photos], asked[0].models[0].labels),
    }


def _methods(asked: Sequence[Asking], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a row for each way: its figures of photos as they are, and its means over shifts and severities.

    ``mce`` is the mean over shifts of its error over that of the first way (Hendrycks, Dietterich 2019,
    arXiv:1903.12261, section 4.2, with the first way in AlexNet's place).
    """
    first = _errors(rows, asked[0])
    found = []
    for asking in asked:
        mine = [row for row in rows if (row["model"], row["method"]) == (asking.model, asking.method)]
        shifted = [row for row in mine if _is_shifted(row) and not row["defence"]]
        errors = _errors(rows, asking)
        ratios = [errors[line] / first[line] for line in errors if first[line] > 0]
        found.append({
            **{name: mine[0][name] for name in _PLAIN},
            "mean_shift_error": float(np.mean([1.0 - row["accuracy"] for row in shifted])) if shifted else None,
            "mean_shift_ece": float(np.mean([row["ece"] for row in shifted])) if shifted else None,
            "mce": float(np.mean(ratios)) if ratios else None,
        })  # fmt: skip
    return found


def _is_shifted(row: Row) -> bool:
    """Return whether photos were degraded by a severity: whoever's tool it was."""
    return row["line"] != "" and row["level"] is not None and not row["attacked"]


def _errors(rows: Sequence[Row], asking: Asking) -> dict[str, float]:
    """Return the sum of errors over severities by shift."""
    sums: dict[str, float] = {}
    for row in rows:
        is_mine = (row["model"], row["method"]) == (asking.model, asking.method)
        if is_mine and _is_shifted(row) and not row["defence"]:
            sums[row["line"]] = sums.get(row["line"], 0.0) + 1.0 - row["accuracy"]
    return sums


def _restored(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a row for each condition and way that was judged without and with a restoration before the model.

    ``gain`` is how much more is right with it. The photos are those that could be asked about, each time.
    """
    def of_what(row: Row) -> tuple[Any, ...]:
        return row["model"], row["method"], row["group"], row["level"], row["line"].removesuffix(f", {row['defence']}")

    bare = {of_what(row): row for row in rows if not row["defence"]}
    found = []
    for row in rows:
        before = bare.get(of_what(row))
        if row["defence"] and before is not None:
            found.append({
                "model": row["model"], "method": row["method"], "condition": before["condition"],
                "defence": row["defence"], "n": row["n"], "gain": row["accuracy"] - before["accuracy"],
                **{name: before[name] for name in ("accuracy", "confidence", "ece")},
                **{f"{name}_restored": row[name] for name in ("accuracy", "confidence", "ece")},
            })  # fmt: skip
    return found


def sentence(said: Mapping[str, Any]) -> str:
    """Return the page's first sentence; of groups the worst is named."""
    row = said["rows"][0]
    gap = row["confidence"] - row["accuracy"]
    sure = "about as sure as it is right" if abs(gap) < 0.02 else "surer than it is right" if gap > 0 else "too modest"
    low, high = row["accuracy_interval"]
    worst = said["groups"][0] if said["groups"] else None
    tail = "" if worst is None else f" The worst group, {worst['group']}, is right on {worst['accuracy']:.1%}."
    tail += _of_restoring([one for one in said["restored"] if (one["model"], one["method"]) == (
        row["model"], row["method"]) and not one["defence"].endswith(KNOWN)])
    return (f"Right on {row['accuracy']:.1%} of {counted(row['n'], 'photo')} (95% interval {low:.1%} to {high:.1%}); "
            f"its mean confidence is {row['confidence']:.1%}: {sure}.{tail}")  # fmt: skip


def _of_restoring(rows: Sequence[Row]) -> str:
    """Return what a restoration does to photos as they are, and on average to the changed ones; empty without one."""
    if not rows:
        return ""
    plain, *others = rows
    said = f"on {plain['accuracy_restored']:.1%} as they are"
    if others:
        before, after = (float(np.mean([row[name] for row in others])) for name in ("accuracy", "accuracy_restored"))
        said += f", and of changed photos on {after:.1%} instead of {before:.1%}"
    return (f" With {plain['defence']} it is right {said}; its calibration error goes from {plain['ece']:.3f} to "
            f"{plain['ece_restored']:.3f}.")  # fmt: skip


def tables(said: Mapping[str, Any]) -> list[page.Table]:
    """Return the page's tables; confident mistakes stand before all conditions."""
    rows = said["rows"]
    more = ("model", "method") if len(said["methods"]) > 1 else ()
    found = [
        ("Methods", _METHODS, said["methods"] if more else []), ("Groups, the worst first", _GROUPS, said["groups"]),
        ("Restored first", (*more, *_RESTORED), said["restored"]),
        ("Strangers told apart", _STRANGERS, said["ood"]), ("Confident and wrong", _MISTAKES, said["mistakes"]),
        ("Conditions", (*more, *_COLUMNS), rows),
    ]  # fmt: skip
    return [(heading, columns, [[row[name] for name in columns] for row in some])
            for heading, columns, some in found if some]  # fmt: skip


def plots(first: Sequence[classifier.Judged], rows: Sequence[Row]) -> list[page.Plot]:
    """Return reliability and risk of the first way of asking, and figures over levels.

    Of one way there is a line for each shift; of several one for each way, the mean over shifts. What is right under
    attack has a plot of its own (`desktop_app.core.evaluation.robustness.plots`).
    """
    shares, classes = first[0].probabilities, first[0].classes
    found = [
        page.reliability_plot(calibration.reliability(shares, classes)),
        page.risk_plot(*calibration.risk_coverage(shares.max(1), shares.argmax(1) == classes)),
    ]
    shifts, attacks = ([row for row in rows if is_so(row)] for is_so in (_is_shifted, itemgetter("attacked")))
    for some, key, name, level in (
        (shifts, "accuracy", "accuracy", "severity"), (shifts, "ece", "ECE", "severity"),
        (attacks, "ece", "ECE", "ε, 8-bit levels"),
    ):  # fmt: skip
        if some:
            found.append(page.levels_plot(_lines(some, key, len(first)), name, level))
    return found


def _lines(rows: Sequence[Row], key: str, ways: int) -> dict[str, list[tuple[float, float]]]:
    values: dict[str, dict[float, list[float]]] = {}
    for row in rows:
        line = row["line"] if ways == 1 else f"{row['model']}, {row['method']}"
        values.setdefault(line, {}).setdefault(row["level"], []).append(row[key])
    return {line: [(level, float(np.mean(some))) for level, some in levels.items()] for line, levels in values.items()}


def save_answers(
    plain: Sequence[Answers], asked: Sequence[Asking], classes: NDArray[np.int64], path: Path,
    restored: Sequence[Answers] | None = None,
) -> Path | None:  # fmt: skip
    """Write what tools take as photos that the first model knows: a row of float32 numbers for each.

    The class of ``(N,)`` int64, the logits, and what three layers held (`desktop_app.numerics.seen.Seen`); of many
    some two thousand, evenly drawn. With answers to the photos as they were `restored`, those beside the class, of
    the same photos in the same order; NaN where one failed. The file says whose it is: the first model's.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import tifffile

    first = next(place for place, asking in enumerate(asked) if asking.method == SOFTMAX)
    said = plain[first]
    places = np.flatnonzero(np.isfinite(said.logits).all(1))
    layers = said.beside.get(LAYERS)
    if layers is None or not len(places):
        return None
    drawn = slice(None, None, -(-len(places) // _MOST))
    shown = [said.logits[places], layers] if restored is None else [restored[first].logits[places]]
    table = np.concatenate([classes[places, None], *shown], 1).astype(np.float32)[drawn]
    with replaced_file(path) as file:
        tifffile.imwrite(file, table, photometric="minisblack", metadata=None, software="Verilens",
                         description=described(Owner(asked[first].models[0].id, (asked[first].models[0].sha256,))))
    return path
