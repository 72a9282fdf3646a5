"""What the window lets see of trust: badges, a map's card, the switch of a signed one, bounds under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidgetItem
from pytestqt.qtbot import QtBot

from desktop_app.gui.panels.map_card import MapCardDialog
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import apply

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def window(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> MainWindow:
    """Return a window that shows a state with bounds, and its first map."""
    window = open_window(photo)
    apply(window, qtbot, "uncertainty.bounds")
    qtbot.waitUntil(lambda: window.parts.canvas.scene().overlay is not None)
    return window


def row(window: MainWindow, name: str) -> QListWidgetItem:
    return window.parts.maps.list.findItems(name, Qt.MatchFlag.MatchStartsWith)[0]


def test_maps_are_listed_with_how_they_were_checked(window: MainWindow) -> None:
    spoken = [
        window.parts.maps.list.item(index).data(Qt.ItemDataRole.AccessibleTextRole)
        for index in range(window.parts.maps.list.count())
    ]
    assert spoken == ["lower, calibrated", "upper, calibrated", "change (8-bit levels)"]
    assert not window.parts.maps.grab().isNull()


def test_the_probe_reads_between_which_values_the_truth_lies(window: MainWindow, qtbot: QtBot) -> None:
    keeper = window.rooms.keeper
    qtbot.waitUntil(lambda: "truth within 90 to 110 (90 %)" in keeper.reading(3, 3))
    window.rooms.viewer.jump("s0")
    qtbot.waitUntil(lambda: "truth" not in keeper.reading(3, 3))
    window.rooms.viewer.jump("s1")
    qtbot.waitUntil(lambda: "truth within" in keeper.reading(3, 3))


def test_a_signed_map_is_one_switch_away(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.parts.maps
    assert panel.signed.isHidden()
    row(window, "change").setCheckState(Qt.CheckState.Checked)
    assert panel.choice().name == "change"
    assert not panel.signed.isHidden()
    panel.signed.setChecked(True)
    assert (panel.choice().name, panel.choice().colormap) == ("signed change", "RdBu_r")
    assert row(window, "change").checkState() == Qt.CheckState.Checked
    assert (panel.low.value(), panel.high.value()) == (-3.0, 3.0)
    qtbot.waitUntil(lambda: window.rooms.keeper.reading(3, 3).endswith("map -3 levels"))
    panel.signed.setChecked(False)
    assert panel.choice().name == "change"
    row(window, "lower").setCheckState(Qt.CheckState.Checked)
    assert panel.signed.isHidden()


def test_why_a_map_may_be_believed_is_told_in_a_card(window: MainWindow) -> None:
    assert not window.parts.maps.why.isHidden()
    window.parts.maps.why.click()
    card = window.findChild(MapCardDialog)
    assert "lower · calibrated" in card.text()
    assert "two photos" in card.text()
    card.reject()
