"""Small windows: nothing is cut off, the photo keeps room, and what is asked for comes to the front."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect
from PySide6.QtWidgets import QAbstractScrollArea, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.app import create_window
from desktop_app.gui.shell.window import MainWindow
from tests.gui.conftest import FakeApplication
from tests.gui.test_window import apply

OpenWindow = Callable[..., MainWindow]


def is_seen(part: QWidget) -> bool:
    """Return whether it can be seen: a panel behind another counts as visible, but is placed far away."""
    window = part.window()
    return part.isVisible() and window.rect().intersects(QRect(part.mapTo(window, QPoint(0, 0)), part.size()))


def is_scrolled(widget: QWidget, window: QWidget) -> bool:
    """Return whether a widget lies in something that scrolls: then it may be out of sight."""
    parent = widget.parentWidget()
    return parent is not window and parent is not None and (
        isinstance(parent, QAbstractScrollArea) or is_scrolled(parent, window)
    )  # fmt: skip


def cut_off(window: QWidget) -> Iterator[str]:
    """Yield the visible widgets that reach out of the window, or out of their parents."""
    for widget in window.findChildren(QWidget):
        is_qts_own = widget.isWindow() or widget.objectName().startswith("qt_")
        if is_seen(widget) and not is_qts_own and not is_scrolled(widget, window):
            place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
            if not window.rect().contains(place):
                yield f"{type(widget).__name__} {widget.objectName()} {place}"


@pytest.mark.parametrize("size", [(640, 589), (683, 384), (960, 540), (1366, 768)])
def test_nothing_is_cut_off_and_the_photo_keeps_room(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = open_window(photo)
    apply(window, qtbot, "uncertainty.measure")
    window.resize(*size)
    qtbot.waitUntil(lambda: is_seen(window.parts.form) is (size[0] > 1000))
    window.rooms.masks.switch(size[1] > 500)
    assert (window.width(), window.height()) == size
    for part in (window.parts.tools, window.parts.history, window.parts.form, window.parts.maps, window.parts.report):
        window.uncover(part)
        qtbot.waitUntil(lambda part=part: is_seen(part))
        assert list(cut_off(window)) == []
        assert window.parts.canvas.width() >= 240


def test_a_chosen_tool_comes_to_the_front_of_folded_panels(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.resize(640, 589)
    qtbot.waitUntil(lambda: not is_seen(window.parts.form))
    window.rooms.steps.choose_tool("denoise.light")
    qtbot.waitUntil(lambda: is_seen(window.parts.form))
    window.actions_by_id["find_tool"].trigger()
    qtbot.waitUntil(lambda: is_seen(window.parts.tools.search))


def test_the_mask_bar_leaves_folded_panels_their_width(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.resize(640, 589)
    qtbot.waitUntil(lambda: not is_seen(window.parts.form))
    window.rooms.steps.choose_tool("denoise.light")
    qtbot.waitUntil(lambda: is_seen(window.parts.form))
    width = window.parts.form.width()
    window.actions_by_id["mask"].trigger()
    qtbot.waitUntil(lambda: is_seen(window.parts.mask))
    qtbot.wait(100)
    assert window.parts.form.width() == width
    assert window.parts.mask.height() >= window.parts.mask.layout().heightForWidth(window.parts.mask.width())
    window.parts.mask.findChild(QToolButton, "maskGradient").click()  # whose hint is longer than the canvas is wide
    qtbot.wait(100)
    assert window.parts.form.width() == width
    assert not window.parts.mask.size_slider.isVisibleTo(window.parts.mask)  # its number says the same


def test_a_step_at_work_leaves_the_status_bar_whole(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.resize(640, 589)
    window.parts.status.show_device("NVIDIA GeForce RTX 4090")
    window.parts.status.show_compare("difference")
    window.parts.status.show_progress("Deblur: learnt from unpaired photos", 0.634, 754)
    bar = window.parts.status.progress
    qtbot.waitUntil(lambda: is_seen(bar) and is_seen(window.parts.status.cancel))
    qtbot.waitUntil(lambda: list(cut_off(window)) == [])
    assert bar.fontMetrics().horizontalAdvance(bar.text()) <= bar.width()
    assert bar.text().endswith("63%")


def test_a_wide_window_has_its_two_sides_again(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    assert is_seen(window.parts.tools)
    assert is_seen(window.parts.form)
    widths = window.parts.tools.width(), window.parts.form.width()
    window.resize(640, 589)
    qtbot.waitUntil(lambda: not (is_seen(window.parts.tools) and is_seen(window.parts.form)))
    window.resize(1360, 860)
    qtbot.waitUntil(lambda: is_seen(window.parts.tools) and is_seen(window.parts.form))
    qtbot.waitUntil(lambda: (window.parts.tools.width(), window.parts.form.width()) == widths)
    assert window.parts.tools.mapTo(window, QPoint(0, 0)).x() < window.parts.form.mapTo(window, QPoint(0, 0)).x()


def test_a_window_that_was_closed_while_narrow_opens_with_two_sides(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.resize(640, 589)
    qtbot.waitUntil(lambda: not is_seen(window.parts.form))
    window.close()
    again = open_window(photo)
    qtbot.waitUntil(lambda: is_seen(again.parts.tools) and is_seen(again.parts.form))


@pytest.mark.parametrize(
    "kept",
    [
        {"window": 5}, {"window": {"geometry": 5}}, {"window": {"state": "é"}},
        {"theme": {}, "recent": 7, "shortcuts": 1},
    ],
)
def test_settings_of_the_wrong_kind_stop_no_window(
    kept: dict[str, object], application: FakeApplication, open_window: OpenWindow
) -> None:
    for name, value in kept.items():
        application.settings.set(name, value)
    assert open_window().isVisible()


@pytest.mark.usefixtures("home")
def test_names_of_panels_do_not_lie_over_each_other(application: FakeApplication, qtbot: QtBot) -> None:
    """Of a window that was small before its panels had been laid out once."""
    window = create_window([], application)
    window.resize(800, 490)
    window.show()
    window.begin()
    window.resize(801, 491)
    qtbot.waitUntil(lambda: is_seen(window.parts.tools))
    named = [bar for bar in window.findChildren(QTabBar) if is_seen(bar) and bar.count()]
    assert [bar.count() for bar in named] == [5]
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
