"""Groups of widgets keep together while they fit into a row, and what is said elsewhere takes no row of its own."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.widgets.flow import FlowLayout


def laid_out(qtbot: QtBot, width: int) -> tuple[QWidget, list[QWidget], QLabel]:
    """Return a widget with two groups of three widgets, of 50 × 20 pixels each, and a spare one of 100 at a width."""
    host = QWidget()
    qtbot.addWidget(host)
    flow = FlowLayout(host, gap=10, group_gap=30)
    flow.setContentsMargins(0, 0, 0, 0)
    widgets = [QWidget() for _ in range(6)]
    spare = QLabel()
    for widget in widgets:
        widget.setFixedSize(50, 20)
    spare.setPixmap(QPixmap(100, 20))
    flow.add_group(*widgets[:3])
    flow.add_group(*widgets[3:])
    flow.add_spare(spare)
    host.show()
    flow.setGeometry(QRect(0, 0, width, flow.heightForWidth(width)))
    return host, widgets, spare


def test_a_group_that_does_not_fit_beside_another_begins_a_row(qtbot: QtBot) -> None:
    _host, widgets, spare = laid_out(qtbot, 300)  # five would fit beside each other
    assert [(one.x(), one.y()) for one in widgets] == [(0, 0), (60, 0), (120, 0), (0, 30), (60, 30), (120, 30)]
    assert (spare.x(), spare.y()) == (200, 30)


def test_groups_that_fit_share_a_row_with_more_room_between_them(qtbot: QtBot) -> None:
    _host, widgets, _spare = laid_out(qtbot, 370)
    assert [one.y() for one in widgets] == [0] * 6
    assert widgets[3].x() == 200


def test_a_group_too_wide_for_any_row_wraps_as_words_do(qtbot: QtBot) -> None:
    _host, widgets, _spare = laid_out(qtbot, 120)
    assert [(one.x(), one.y()) for one in widgets[:3]] == [(0, 0), (60, 0), (0, 30)]


def test_the_spare_one_is_left_out_where_the_last_row_is_full(qtbot: QtBot) -> None:
    host, _widgets, spare = laid_out(qtbot, 370)
    assert host.layout().heightForWidth(370) == 20
    assert spare.visibleRegion().isEmpty()
