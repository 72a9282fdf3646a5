"""What stands beside Apply before anything runs: what it takes, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import ParameterError
from desktop_app.core.jobs.memory import Forecast
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps import needs
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply, wait_for_background

OpenWindow = Callable[..., MainWindow]
GIGABYTE = 1_000_000_000


def label(window: MainWindow, name: str) -> QLabel:
    found = window.parts.form.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found


@pytest.fixture
def forecasts(application: object, monkeypatch: pytest.MonkeyPatch) -> list[ToolRequest]:
    """Return what was asked for; every amount takes as many seconds, and memory for tiles."""
    asked: list[ToolRequest] = []

    def forecast(request: ToolRequest, _raster: object, _icc: bytes | None) -> Forecast:
        asked.append(request)
        if request.params.get("amount") == 13.0:
            raise ParameterError("expected another amount, got 13; change it")
        return Forecast(GIGABYTE, 4 * GIGABYTE, 512, request.params.get("amount"))

    monkeypatch.setattr(application.engine, "forecast", forecast)  # type: ignore[attr-defined]
    return asked


def test_time_and_memory_stand_beside_apply_and_follow_the_form(
    open_window: OpenWindow, photo: Path, forecasts: list[ToolRequest], qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.light")
    text = label(window, "forecast")
    qtbot.waitUntil(lambda: text.text() == "About 10 s and 1.0 GB of memory, in tiles of 512 px.")
    amount = window.parts.form.findChild(QDoubleSpinBox, "param_amount")
    amount.setValue(30)
    qtbot.waitUntil(lambda: text.text().startswith("About 30 s"))
    assert text.isVisible()
    amount.setValue(13)
    qtbot.waitUntil(lambda: text.text() == "")
    assert window.parts.messages.texts() == []
    window.rooms.advice.use_device("cuda")
    amount.setValue(20)
    qtbot.waitUntil(lambda: text.text().startswith("About 20 s"))
    assert forecasts[-1].device == "cuda"


def test_nothing_is_forecast_for_what_cannot_be_applied(
    open_window: OpenWindow, photo: Path, forecasts: list[ToolRequest], qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.masked")
    qtbot.wait(400)
    assert label(window, "forecast").text() == ""
    assert forecasts == []


def test_what_was_found_of_an_earlier_tool_is_not_said_of_one_that_cannot_be_applied(
    open_window: OpenWindow, photo: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, may_go, begun = open_window(photo), Event(), list[str]()

    def late(name: str) -> None:
        begun.append(name)
        may_go.wait(60)

    def forecast(_request: ToolRequest, _raster: object, _icc: bytes | None) -> Forecast:
        late("forecast")
        return Forecast(GIGABYTE, 4 * GIGABYTE, None, 10.0)

    def look(_raster: object) -> str:
        late("look")
        return "It needs nothing."

    monkeypatch.setattr(window.application.engine, "forecast", forecast)
    monkeypatch.setattr(needs, "may_need_nothing", lambda _request: True)
    monkeypatch.setattr(needs, "needs_nothing", look)
    window.rooms.steps.choose_tool("denoise.light")
    qtbot.waitUntil(lambda: len(begun) == 2, timeout=PATIENCE_MS)
    window.rooms.steps.choose_tool("denoise.masked")  # it wants a mask, and there is none
    qtbot.waitUntil(lambda: not window.rooms.advice._timer.isActive(), timeout=PATIENCE_MS)
    may_go.set()
    wait_for_background(window, qtbot)
    assert (label(window, "forecast").text(), label(window, "hint").text()) == ("", "")


def test_a_second_denoising_is_pointed_out_and_not_kept_from_anybody(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    hints = label(window, "hint")
    qtbot.waitUntil(lambda: "was denoised already (“Light”)" in hints.text())
    assert window.parts.form.apply_button.isEnabled()
    window.rooms.viewer.jump("s0")
    qtbot.waitUntil(lambda: hints.text() == "")
    assert hints.isHidden()


def test_a_photo_without_noise_is_said_to_need_nothing_once_looked_at(
    open_window: OpenWindow, photo: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(needs, "may_need_nothing", lambda request: request.tool == "denoise.light")
    monkeypatch.setattr(needs, "needs_nothing", lambda raster: looked.append(raster) or "It needs nothing.")
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.light")
    hints = label(window, "hint")
    qtbot.waitUntil(lambda: hints.text() == "It needs nothing.")
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(30)
    qtbot.wait(500)
    assert hints.text() == "It needs nothing."
    assert len(looked) == 1
    window.rooms.steps.choose_tool("denoise.slow")
    qtbot.wait(500)
    assert hints.text() == ""


def test_a_denoiser_that_is_quick_is_tried_with_the_parameters_as_they_are(
    open_window: OpenWindow, photo: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    tried: list[ToolRequest] = []
    monkeypatch.setattr(needs, "may_be_tried", lambda entry: entry.id == "denoise.light")
    monkeypatch.setattr(
        needs, "costs_more", lambda _application, request, _raster: tried.append(request) or "It costs detail."
    )
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.light")
    hints = label(window, "hint")
    qtbot.waitUntil(lambda: hints.text() == "It costs detail.")
    assert window.parts.form.apply_button.isEnabled()
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(30)
    qtbot.waitUntil(lambda: len(tried) == 2)
    assert tried[0].params != tried[1].params
