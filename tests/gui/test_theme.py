"""What has to be seen is seen in both themes: measured on what is painted, by the contrast of WCAG 2.2 (1.4.11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QToolBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell.window import MainWindow

OpenWindow = Callable[..., MainWindow]
_LEAST = 3.0  # for what is not text


def luminance(colour: QColor) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(widget: QWidget, area: QRect) -> float:
    """Return the largest contrast between the pixels of a part of a widget and its first one."""
    image = widget.grab(area).toImage()
    values = [luminance(image.pixelColor(x, y)) for y in range(image.height()) for x in range(image.width())]
    ratios = [(max(value, values[0]) + 0.05) / (min(value, values[0]) + 0.05) for value in values]
    return max(ratios)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_history_lines_and_empty_boxes_stand_out(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, theme: str
) -> None:
    window = open_window(photo)
    window.actions_by_id[f"theme_{theme}"].trigger()
    document = window.rooms.workspace.current
    assert document is not None
    window.rooms.steps.choose_tool("uncertainty.measure")
    qtbot.mouseClick(window.parts.form.apply_button, Qt.MouseButton.LeftButton)
    history, maps = window.parts.history, window.parts.maps.list
    qtbot.waitUntil(lambda: history.count() == 2 and maps.count() == 1, timeout=60_000)
    below = history.visualItemRect(history.item(0)).bottomLeft()
    assert contrast(history.viewport(), QRect(below - QPoint(0, 3), below + QPoint(30, -1))) >= _LEAST
    maps.item(0).setCheckState(Qt.CheckState.Unchecked)
    row = maps.visualItemRect(maps.item(0))
    assert contrast(maps.viewport(), QRect(row.topLeft(), row.bottomLeft() + QPoint(18, 0))) >= _LEAST
    assert box_contrast(window, qtbot) >= _LEAST


@pytest.mark.parametrize("themes", [("light",), ("light", "dark"), ("dark", "light")])
def test_icons_of_the_toolbar_stand_out_in_the_theme_that_was_changed_to(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, themes: tuple[str, ...]
) -> None:
    window = open_window(photo)
    window.dress()  # as they are drawn once the window is on the screen
    for theme in themes:
        window.actions_by_id[f"theme_{theme}"].trigger()
    bar = window.findChild(QToolBar)
    for name in ("open", "save_result", "fit"):
        button = bar.widgetForAction(window.actions_by_id[name])
        assert contrast(button, button.rect()) >= _LEAST, name


def box_contrast(window: MainWindow, qtbot: QtBot) -> float:
    """Return how far an unticked check box stands out from what is around it."""
    holder = QWidget(window.parts.form)
    box = QCheckBox(holder)
    QVBoxLayout(holder).addWidget(box)
    holder.resize(60, 40)
    holder.show()
    qtbot.waitUntil(box.isVisible)
    return contrast(holder, holder.rect())


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_secondary_buttons_are_flat_and_one_that_is_on_stands_out(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, theme: str
) -> None:
    window = open_window(photo)
    window.actions_by_id[f"theme_{theme}"].trigger()
    window.rooms.steps.choose_tool("denoise.light")
    preview = window.parts.form.preview_toggle
    qtbot.waitUntil(preview.isEnabled)

    def ground() -> tuple[QColor, QColor, QColor]:
        image = preview.grab().toImage()
        middle = image.height() // 2
        return image.pixelColor(8, 3), image.pixelColor(8, image.height() - 4), image.pixelColor(0, middle)

    top, bottom, rim = ground()
    assert top == bottom == window.palette().button().color()
    preview.setChecked(True)
    _, _, rim_when_on = ground()
    assert rim != rim_when_on == window.palette().highlight().color()
