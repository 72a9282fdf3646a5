"""The pointer rests on a row of the history: its state's small picture, its parameters, and when it was made."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.canvas.scene import PyramidImage
from desktop_app.gui.documents import history_cards
from desktop_app.gui.documents.history_cards import small_jpeg
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.viewmodel.history_card import card_html
from tests.support.windows import PATIENCE_MS, apply

OpenWindow = Callable[..., MainWindow]


def rest_on(window: MainWindow, row: int) -> str:
    """Let the pointer rest on a row, and return what it is told."""
    view = window.parts.history
    place = view.visualItemRect(view.item(row)).center()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    return view.item(row).toolTip()


def test_a_step_is_told_with_its_picture_parameters_and_time(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    qtbot.waitUntil(lambda: "data:image/jpeg;base64," in rest_on(window, 1), timeout=PATIENCE_MS)
    told = rest_on(window, 1)
    document = window.rooms.workspace.current
    assert document is not None
    step = document.states[document.cursor]
    assert step.record is not None
    assert step.title in unescape(told)
    for text in (f"{step.width} × {step.height} px", "Made", "Time"):
        assert text in told
    assert rest_on(window, 0) != told
    assert rest_on(window, 0).count("<tr>") == 2  # the opened photo: its size, and when
    with qtbot.assertNotEmitted(window.parts.history.renamed):
        rest_on(window, 1)


def test_nothing_is_told_below_the_last_row(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    view = window.parts.history
    place = QPoint(5, view.viewport().height() - 2)
    with qtbot.assertNotEmitted(view.cardAsked):
        QApplication.sendEvent(view.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, place, place))


def test_the_parameters_that_counted_are_told_and_the_day_where_it_is_another(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    document = window.rooms.workspace.current
    assert document is not None
    state = document.states[document.cursor]
    assert state.record is not None
    record = replace(state.record, params={"some_value": 3.5}, strength=0.5, tool="gone.tool")
    state = replace(state, record=record, title="<b> & more", is_saved=False)
    told = card_html(state, {}, now=state.created + timedelta(days=2))
    assert "Some value" in told
    assert "3.5" in told
    assert "50 %" in told
    assert "&lt;b&gt; &amp; more: being saved" in told
    assert f"{state.created.astimezone():%Y-%m-%d %H:%M}" in told
    assert f"{state.created.astimezone():%Y-%m-%d}" not in card_html(state, {}, now=state.created)
    assert "<img" not in told


def test_a_small_picture_shows_the_whole_photo() -> None:
    pixels = np.zeros((300, 900, 3), np.uint8)
    pixels[:, 450:] = (200, 40, 40)
    small = QImage.fromData(b64decode(small_jpeg(PyramidImage((pixels,)))))
    assert (small.width(), small.height()) == (200, 66)
    assert small.pixelColor(10, 30).red() < 20
    assert small.pixelColor(190, 30).red() > 180
    tiny = QImage.fromData(b64decode(small_jpeg(PyramidImage((pixels[:20, 440:470].copy(),)))))
    assert (tiny.width(), tiny.height()) == (30, 20)


def test_small_pictures_of_the_oldest_states_go_first(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_cards, "_MOST", 2)
    window = open_window(photo)
    for amount in (10, 20):
        apply(window, qtbot, amount=amount)
        qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "<img" in unescape(rest_on(window, 2)), timeout=PATIENCE_MS)
    assert ["<img" in unescape(rest_on(window, row)) for row in range(3)] == [False, True, True]
