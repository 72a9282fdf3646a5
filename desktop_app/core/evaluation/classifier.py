"""A classifier over labelled photos: what it gets right, and whether its confidence can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError
from desktop_app.core.evaluation.answers import Answers
from desktop_app.core.evaluation.conditions import Condition
from desktop_app.core.lab import calibration

__all__ = ["Judged", "by_group", "figures", "judged", "label_shifted", "mistakes", "notes_on"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
_OF_GROUP = ("n", "accuracy", "accuracy_interval", "nll", "brier", "ece", "ece_interval", "ece_low", "ece_high",
             "confidence")  # fmt: skip
_ROUNDS = 100  # of expectation and maximisation


@dataclass(frozen=True, eq=False)
class Judged:
    """A condition with what the model said of the photos that it could be asked about.

    ``probabilities`` are ``(n, K)`` float64 in [0, 1], ``classes`` ``(n,)`` int64, ``places`` ``(n,)`` int64 of the
    photos in the set.
    """

    condition: Condition
    probabilities: NDArray[np.float64]
    classes: Integers
    places: Integers


def judged(condition: Condition, said: Answers, classes: Integers) -> Judged:
    """Return the photos that have an answer.

    Raises
    ------
    InputError
        If none has.
    """
    places = np.flatnonzero(np.isfinite(said.logits).all(1))
    if not len(places):
        first = next(iter(said.faults.values()), "no reason is known")
        raise InputError(f"{condition.name}: expected photos that the model answers, got none: {first}")
    return Judged(condition, calibration.softmax(said.logits[places]), classes[places], places)


def notes_on(classes: Integers, labels: Sequence[str]) -> list[str]:
    """Return what is to be said of photos whose classes ``(N,)`` int64 are all the same; nothing of others."""
    if len(set(classes.tolist())) > 1:
        return []
    return [f"All photos show one class, {labels[classes[0]]}: the figures say nothing of the others, nor how often "
            "they are taken for it."]  # fmt: skip


def figures(found: Judged, seed: int = 0) -> dict[str, Any]:
    """Return a condition's figures by their names in the contract, with what else a table shows.

    ``ece_interval`` and ``accuracy_interval`` are bootstrap 95% intervals; ``aurc`` is the area under risk against
    coverage (0 is best).
    """
    shares, classes = found.probabilities, found.classes
    is_right = shares.argmax(1) == classes
    interval = calibration.ece_interval(shares, classes, seed)
    _, risks = calibration.risk_coverage(shares.max(1), is_right)
    return {
        "condition": found.condition.name, "group": found.condition.group, "level": found.condition.level,
        "line": found.condition.line, "defence": found.condition.defence,
        "attacked": found.condition.attacked,
        "n": len(classes),
        "accuracy": calibration.accuracy(shares, classes),
        "accuracy_interval": list(calibration.accuracy_interval(shares, classes, seed)),
        "nll": calibration.nll(shares, classes),
        "brier": calibration.brier(shares, classes),
        "ece": calibration.ece(shares, classes),
        "ece_interval": list(interval), "ece_low": interval[0], "ece_high": interval[1],
        "ece_equal_mass": calibration.ece(shares, classes, by="mass"),
        "ece_equal_mass_interval": list(calibration.ece_interval(shares, classes, seed, by="mass")),
        "aurc": float(risks.mean()),
        "confidence": float(shares.max(1).mean()),
    }  # fmt: skip


def by_group(found: Judged, groups: Sequence[str], seed: int = 0) -> list[dict[str, Any]]:
    """Return the figures of each group's photos, the worst accuracy first; `groups` are all photos' own.

    Sagawa 2020, arXiv:1911.08731: what a model is worth to those whom it serves worst.
    """
    mine = np.array([groups[place] for place in found.places.tolist()])
    rows = []
    for name in sorted(set(mine.tolist())):
        which = mine == name
        part = Judged(found.condition, found.probabilities[which], found.classes[which], found.places[which])
        rows.append({"group": name, **{key: value for key, value in figures(part, seed).items() if key in _OF_GROUP}})
    return sorted(rows, key=lambda row: float(row["accuracy"]))


def label_shifted(found: Judged, concentration: float, seed: int = 0) -> list[dict[str, Any]]:
    """Return the figures on photos drawn so that their classes have other shares, as they are and corrected.

    Parameters
    ----------
    concentration : float
        Of the Dirichlet distribution that the shares are drawn from (Lipton 2018, arXiv:1802.03916, section 6): less
        is more lopsided.

    Returns
    -------
    list of dict
        Of the model's own probabilities, and of those in which the shares are found from the answers alone by
        expectation and maximisation (Saerens 2002, doi:10.1162/089976602753284446, eq. 2.9).
    """
    rng = np.random.default_rng(seed)
    count = found.probabilities.shape[1]
    there = np.bincount(found.classes, minlength=count)
    shares = np.zeros(count)
    shares[there > 0] = rng.dirichlet(np.full(np.count_nonzero(there), concentration))
    weights = (shares / np.maximum(there, 1))[found.classes]
    drawn = rng.choice(len(weights), len(weights), p=weights / weights.sum())
    moved = replace(found, probabilities=found.probabilities[drawn], classes=found.classes[drawn],
                    places=found.places[drawn])  # fmt: skip
    corrected = replace(moved, probabilities=_with_shares_found(moved.probabilities, there / there.sum()))
    words = f"label shift, concentration {concentration:g}"
    return [
        {**figures(one, seed), "condition": f"{words}{more}", "group": "label shift", "level": concentration}
        for one, more in ((moved, ""), (corrected, ", shares found"))
    ]


def _with_shares_found(probabilities: Floats, before: Floats) -> Floats:
    ratio = np.ones(probabilities.shape[1])
    for _ in range(_ROUNDS):
        joint = probabilities * ratio
        posterior: Floats = joint / joint.sum(1, keepdims=True)
        ratio = posterior.mean(0) / np.maximum(before, np.finfo(np.float64).tiny)
    return posterior


def mistakes(found: Judged, names: Sequence[str], labels: Sequence[str], count: int = 24) -> list[Mapping[str, Any]]:
    """Return the photos that the model was wrong about, the surest first."""
    confidence, said = found.probabilities.max(1), found.probabilities.argmax(1)
    wrong = np.flatnonzero(said != found.classes)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    return [
        {
            "photo": names[found.places[index]], "is": labels[found.classes[index]], "said": labels[said[index]],
            "p": float(confidence[index]),
        }
        for index in worst.tolist()
    ]  # fmt: skip
