"""The Qt binding keeps its hands off None: a release that did not ended the interpreter after some thousand calls."""

from __future__ import annotations

import gc
import sys

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.panels.order import reading_order

_CALLS = 1000


def test_calls_that_return_nothing_keep_none_alive() -> None:
    before = sys.getrefcount(None)
    for _ in range(_CALLS):
        QObject().setObjectName("name")
    assert sys.getrefcount(None) > before - _CALLS // 2


def test_looking_through_layouts_leaves_no_item_behind_that_the_binding_would_mistake(qtbot: QtBot) -> None:
    part = QWidget()
    qtbot.addWidget(part)
    column, row = QVBoxLayout(part), QHBoxLayout()
    column.addLayout(row)
    row.addWidget(QLineEdit())
    row.addStretch(1)
    assert len(list(reading_order(part))) == 1
    gc.collect()
    known = [one for one in shiboken6.getAllValidWrappers() if isinstance(one, QLayoutItem)]
    assert all(isinstance(one, QLayout) for one in known)
