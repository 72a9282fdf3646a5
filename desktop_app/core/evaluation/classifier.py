"""A classifier over labelled photos: what it gets right, and whether its confidence can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError
from desktop_app.core.evaluation.answers import Answers
from desktop_app.core.evaluation.conditions import Condition
from desktop_app.core.lab import calibration

__all__ = ["Judged", "figures", "judged", "mistakes"]

Integers = NDArray[np.int64]


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


def figures(found: Judged, seed: int = 0) -> dict[str, Any]:
    """Return a condition's figures by their names in the contract, with what else a table shows.

    ``ece_interval`` and ``accuracy_interval`` are bootstrap 95% intervals; ``aurc`` is the area under risk against
    coverage (0 is best).
    """
    shares, classes = found.probabilities, found.classes
    is_right = shares.argmax(1) == classes
    _, risks = calibration.risk_coverage(shares.max(1), is_right)
    return {
        "condition": found.condition.name, "group": found.condition.group, "level": found.condition.level,
        "line": found.condition.line,
        "n": len(classes),
        "accuracy": calibration.accuracy(shares, classes),
        "accuracy_interval": list(calibration.interval(calibration.accuracy, shares, classes, seed)),
        "nll": calibration.nll(shares, classes),
        "brier": calibration.brier(shares, classes),
        "ece": calibration.ece(shares, classes),
        "ece_interval": list(calibration.interval(calibration.ece, shares, classes, seed)),
        "ece_equal_mass": calibration.ece(shares, classes, by="mass"),
        "aurc": float(risks.mean()),
        "confidence": float(shares.max(1).mean()),
    }  # fmt: skip


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
