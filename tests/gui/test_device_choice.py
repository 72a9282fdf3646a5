"""The choice of device: what the menu and the status bar say, and that it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import ToolError
from desktop_app.core.jobs.devices import DeviceInfo
from desktop_app.core.jobs.worker import DeviceWorker
from desktop_app.core.settings import Settings
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.setup import devices
from desktop_app.gui.setup.devices import Devices
from desktop_app.gui.threads.bridge import Bridge
from tests.support.windows import PATIENCE_MS

HERE = [DeviceInfo("cuda:0", "A card"), DeviceInfo("cpu", "The processor")]
Make = Callable[..., Devices]


@pytest.fixture
def make(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return what makes the room over two devices, and ends its worker afterwards."""
    worker, bridge, button = DeviceWorker(), Bridge(), QPushButton("Device")
    qtbot.addWidget(button)

    def room(find: Callable[..., Any] = lambda _control: HERE) -> Devices:
        monkeypatch.setattr(devices, "_find", find)
        return Devices(Settings(tmp_path / "settings.json"), worker, bridge, button)

    yield room
    worker.shutdown()
    bridge.close()


def known(room: Devices, qtbot: QtBot) -> Devices:
    with qtbot.waitSignal(room.titled, timeout=PATIENCE_MS):
        room.load()
    return room


def entries(room: Devices) -> list[tuple[str, str, bool]]:
    return [(one.data(), one.text(), one.isChecked()) for one in room.menu().actions()]


def test_before_torch_is_there_only_automatic_is_offered(make: Make, qtbot: QtBot) -> None:
    room = make()
    with qtbot.waitSignal(room.titled) as said:
        room.tell()
    assert said.args == ["Device: automatic"]
    assert entries(room) == [("auto", "Automatic: the fastest there is", True)]


def test_what_is_chosen_is_named_checked_and_kept(make: Make, qtbot: QtBot) -> None:
    room = known(make(), qtbot)
    with qtbot.waitSignal(room.changed) as changed, qtbot.waitSignal(room.titled) as titled:
        room.set_chosen("cpu")
    assert (changed.args, titled.args) == (["cpu"], ["The processor"])
    checked = {name: is_checked for name, _, is_checked in entries(room)}
    assert checked == {"auto": False, "cuda:0": False, "cpu": True}
    assert make().chosen == "cpu"


def test_automatic_is_the_first_and_an_absent_one_is_said_to_be(make: Make, qtbot: QtBot) -> None:
    room = make()
    with qtbot.waitSignal(room.titled, timeout=PATIENCE_MS) as said:
        room.load()
    assert said.args == ["A card"]
    with qtbot.waitSignal(room.titled) as said:
        room.set_chosen("cuda:7")
    assert said.args == ["cuda:7: not here"]


def test_the_menu_opens_above_its_button_and_takes_what_is_picked(
    make: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    feet, picks = list[QPoint](), [True, False]

    class Shown(QMenu):
        """Stands for a menu in which somebody picks the last entry, or none, at once."""

        def exec(self, place: QPoint) -> QAction | None:  # type: ignore[override]
            feet.append(place + QPoint(0, self.sizeHint().height()))
            return self.actions()[-1] if picks.pop(0) else None

    monkeypatch.setattr(devices, "QMenu", Shown)
    room = known(make(), qtbot)
    room.choose()
    assert feet == [room.parent().mapToGlobal(QPoint(0, 0))]
    assert room.chosen == "cpu"
    room.set_chosen("auto")
    room.choose()
    assert room.chosen == "auto", "nothing was picked"


def test_torch_is_asked_for_once_and_its_failure_is_told(make: Make, qtbot: QtBot) -> None:
    asked = []

    def find(_control: object) -> list[DeviceInfo]:
        asked.append(1)
        raise ToolError("no such library")

    room = make(find)
    with qtbot.waitSignal(room.said, timeout=PATIENCE_MS) as said:
        room.load()
    assert said.args == [Message("torch cannot be loaded: no such library", is_fault=True, topic="device")]
    room.load()
    qtbot.wait(20)
    assert asked == [1]
