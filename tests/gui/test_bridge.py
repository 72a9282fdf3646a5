"""The one hop from other threads: order, staleness, faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.threads.background import Background
from desktop_app.gui.threads.bridge import Bridge


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.close()


def test_calls_arrive_on_the_windows_thread(bridge: Bridge, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    sender = threading.Thread(target=lambda: bridge.post(lambda: threads.append(threading.current_thread())))
    sender.start()
    sender.join()
    assert threads == []
    qtbot.waitUntil(lambda: threads == [threading.main_thread()])


def test_stale_answers_are_dropped(bridge: Bridge, qtbot: QtBot) -> None:
    heard: list[str] = []
    old = bridge.ticket("preview")
    bridge.post(lambda: heard.append("old"), old)
    new = bridge.ticket("preview")
    other = bridge.ticket("map")
    bridge.post(lambda: heard.append("new"), new)
    bridge.post(lambda: heard.append("other"), other)
    qtbot.waitUntil(lambda: "other" in heard)
    assert heard == ["new", "other"]
    assert not bridge.is_current(old)


def test_a_closed_bridge_delivers_nothing(bridge: Bridge, qtbot: QtBot) -> None:
    heard: list[str] = []
    bridge.post(lambda: heard.append("late"))
    bridge.close()
    bridge.post(lambda: heard.append("later"))
    qtbot.wait(20)
    assert heard == []


def test_background_brings_results_and_faults(bridge: Bridge, qtbot: QtBot) -> None:
    background = Background(bridge)
    heard: list[object] = []

    def fail() -> None:
        raise ValueError("no such file")

    background.run(lambda: 42, heard.append, heard.append)
    qtbot.waitUntil(lambda: heard == [42])
    background.run(fail, heard.append, heard.append)
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert str(heard[1]) == "no such file"
    background.close()
