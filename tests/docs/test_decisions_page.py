"""The section on decisions: what came of each claim follows from figures, and a small gain is none."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "make_decisions.py"


def script() -> Any:
    spec = importlib.util.spec_from_file_location("make_decisions", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


make_decisions = script()
MEMBER = make_decisions.STANDARD


def row(model: str = MEMBER, method: str = "softmax", error: float | None = 0.5, ece: float | None = 0.2) -> Any:
    return {
        "model": model, "method": method, "accuracy": 0.9, "nll": 0.3, "ece": 0.05, "mean_shift_error": error,
        "mean_shift_ece": ece, "mce": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "ece", "said"),
    [
        (0.42, 0.15, "shown"), (0.499, 0.19, "not noticeable"), (0.499, 0.15, "shown of calibration alone"),
        (0.42, 0.19, "shown of accuracy alone"), (0.42, 0.25, "not shown by these nets"),
        (0.55, 0.1, "not shown by these nets"), (0.51, 0.21, "not noticeable"),
    ],
)  # fmt: skip
def test_a_claim_is_shown_only_by_what_is_noticeable(error: float, ece: float, said: str) -> None:
    assert make_decisions.verdict(row(error=error, ece=ece), [row()]) == said


def test_the_best_of_the_rivals_is_what_counts() -> None:
    rivals = [row(), row(method="temperature", ece=0.16)]
    assert make_decisions.verdict(row(error=0.4, ece=0.15), rivals) == "shown of accuracy alone"


def test_every_claim_is_told_with_its_figures() -> None:
    methods = [row(), row(f"{MEMBER} and 4 more", "ensemble", 0.499, 0.19), row(make_decisions.AUGMIX, error=0.4)]
    steady = {f"{MEMBER}, softmax": [(0, 0.9), (1, 0.89), (5, 0.88)]}
    worse = {f"{MEMBER}, softmax": [(0, 0.05), (1, 0.1), (5, 0.2)]}
    strangers = [{"confidence": 0.6, "score": "softmax", "method": "softmax", "auroc": 0.8}]
    severity, ensemble, augmix, _ = make_decisions.claims(methods, steady, worse, strangers)
    assert "severity*: not shown by these nets. Accuracy 90.0% → 89.0% → 88.0%" in severity, "two points are nothing"
    assert "shift*: not noticeable. Mean error 50.0% → 49.9%, mean ECE 0.200 → 0.190" in ensemble
    assert "both*: shown of accuracy alone. Mean error 50.0% → 40.0%" in augmix
    assert "not tried" in make_decisions.claims(methods[:1], steady, worse, strangers)[1]


def test_what_was_not_measured_is_a_dash() -> None:
    assert make_decisions._cell(None) == "–"
    assert make_decisions._cell(0.0) == "0.0000"
    assert make_decisions._cell("classify.cifar10_resnet") == "cifar10_resnet"
