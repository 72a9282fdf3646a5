"""What an evaluation found a model to keep under attack stands beside Apply, and follows the budget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.core.evaluation.curves import keep
from desktop_app.core.jobs.request import ModelSpec
from desktop_app.gui.shell.window import MainWindow

MODEL = "classify.cifar10_robust"


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """With the built-in tools and models, and a curve of one of them."""
    real = Application(tmp_path / "home")
    points = [[0.0, 0.7], [4.0, 0.5], [8.0, 0.3]]
    keep(real.data, real.models.descriptor(MODEL).sha256, iter([{
        "tool": "attack.auto", "title": "AutoAttack", "norm": "linf", "dataset": "cifar10", "n": 200,
        "date": "2026-01-01", "points": points,
    }]))  # fmt: skip
    return real


def test_the_budgets_point_of_the_curve_is_said(
    open_window: Callable[..., MainWindow], photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    qtbot.waitUntil(lambda: "attack.pgd" in window.rooms.advice._snapshot.tools_by_id, timeout=60_000)
    window.rooms.steps.choose_tool("attack.pgd")
    form = window.parts.form
    form.subject.set_values([ModelSpec(MODEL)])
    budget, hint = form.findChild(QDoubleSpinBox, "param_eps"), form.findChild(QLabel, "hint")
    assert isinstance(hint, QLabel)
    budget.setValue(4.0)
    qtbot.waitUntil(lambda: "still read 50% rightly at ε 4 (AutoAttack" in hint.text(), timeout=20_000)
    budget.setValue(6.0)
    qtbot.waitUntil(lambda: "30% to 50% rightly at ε 6" in hint.text(), timeout=20_000)
    form.subject.set_values([ModelSpec("classify.cifar10_resnet")])
    budget.setValue(8.0)
    qtbot.waitUntil(lambda: hint.text() == "", timeout=20_000)
