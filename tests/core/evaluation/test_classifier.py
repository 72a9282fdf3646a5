"""Figures of an evaluation on answers whose truth is known."""

from __future__ import annotations

import numpy as np

from desktop_app.core.evaluation import classifier
from desktop_app.core.evaluation.classifier import Judged
from desktop_app.core.evaluation.conditions import plain
from desktop_app.core.lab import calibration


def calibrated(count: int) -> Judged:
    """Return answers that are right as often as they say."""
    rng = np.random.default_rng(0)
    shares = calibration.softmax(1.5 * rng.standard_normal((count, 4)))
    classes = (shares.cumsum(1) < rng.random((count, 1))).sum(1).astype(np.int64)
    return Judged(plain(), shares, classes, np.arange(count))


def test_the_worst_group_stands_first() -> None:
    found = calibrated(400)
    said = found.probabilities.argmax(1)
    groups = ["bad" if wrong else "good" for wrong in said != found.classes]
    first, second = classifier.by_group(found, groups)
    assert (first["group"], first["accuracy"]) == ("bad", 0.0)
    assert (second["group"], second["accuracy"]) == ("good", 1.0)


def test_under_other_class_shares_calibration_goes_and_comes_back() -> None:
    found = calibrated(20_000)
    moved, corrected = classifier.label_shifted(found, 0.3, seed=1)
    assert moved["ece"] > 2.0 * classifier.figures(found)["ece"]
    assert corrected["ece"] < 0.5 * moved["ece"]
    assert corrected["nll"] < moved["nll"] - 0.3
    assert corrected["n"] == moved["n"] == 20_000
    assert corrected["accuracy"] > moved["accuracy"]
