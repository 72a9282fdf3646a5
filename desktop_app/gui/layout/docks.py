"""Where the panels stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QGridLayout, QMainWindow, QTabWidget, QToolBar, QVBoxLayout, QWidget

from desktop_app.gui.layout.parts import Parts

_FEATURES = QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable
_SIDE = 304, 376
LAYOUT = 1  # of the docks; what was kept of another one is not brought back


def place(window: QMainWindow, parts: Parts) -> tuple[QDockWidget, ...]:
    """Put the parts into a window, and return its docks."""
    window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
    for corner in (Qt.Corner.TopLeftCorner, Qt.Corner.BottomLeftCorner):
        window.setCorner(corner, Qt.DockWidgetArea.LeftDockWidgetArea)
    for corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner):
        window.setCorner(corner, Qt.DockWidgetArea.RightDockWidgetArea)
    window.setCentralWidget(_centre(parts))
    window.setStatusBar(parts.status)
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    rows: tuple[tuple[str, QWidget, Qt.DockWidgetArea], ...] = (
        ("Tools", parts.tools, left), ("History", parts.history, left),
        ("Parameters", parts.form, right), ("Maps", parts.maps, right), ("Report", parts.report, right),
    )  # fmt: skip
    docks = tuple(_dock(window, title, widget, area) for title, widget, area in rows)
    window.resizeDocks([docks[0], docks[2]], list(_SIDE), Qt.Orientation.Horizontal)
    window.resizeDocks(list(docks[:2]), [420, 280], Qt.Orientation.Vertical)
    window.setTabPosition(right, QTabWidget.TabPosition.North)
    window.tabifyDockWidget(docks[3], docks[4])  # one above the other they would leave too little for the form
    settled = QTimer(window)  # while a dock goes, it still counts among the tabs
    settled.setSingleShot(True)
    settled.timeout.connect(partial(_show_titles, window, docks[3:]))
    for dock in docks[3:]:
        dock.visibilityChanged.connect(lambda _is_visible: settled.start(0))
    window.resizeDocks([docks[2], docks[4]], [420, 300], Qt.Orientation.Vertical)
    return docks


def _show_titles(window: QMainWindow, docks: Sequence[QDockWidget]) -> None:
    """Give a title bar to those docks alone that have no tab to name them."""
    for dock in docks:
        has_tab = bool(window.tabifiedDockWidgets(dock))  # hidden ones are not among them
        if has_tab and dock.titleBarWidget() is None:
            dock.setTitleBarWidget(QWidget(dock))
        elif not has_tab and dock.titleBarWidget() is not None:
            dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # Qt's own again: PySide's stubs forget that


def make_toolbar(window: QMainWindow) -> QToolBar:
    """Return the window's toolbar, empty."""
    bar = QToolBar("Toolbar")
    bar.setObjectName("toolbar")
    bar.setIconSize(QSize(20, 20))
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    window.addToolBar(bar)
    return bar


def _centre(parts: Parts) -> QWidget:
    centre = QWidget()
    column = QVBoxLayout(centre)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(parts.tabs)
    column.addWidget(parts.mask)
    picture = QGridLayout()
    picture.addWidget(parts.canvas, 0, 0)
    picture.addWidget(parts.start, 0, 0)
    picture.addWidget(parts.messages, 0, 0, Qt.AlignmentFlag.AlignTop)  # over it: the photo does not move
    column.addLayout(picture, 1)
    return centre


def _dock(window: QMainWindow, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title)
    dock.setObjectName(f"dock{title}")
    dock.setFeatures(_FEATURES)
    dock.setWidget(widget)
    window.addDockWidget(area, dock)
    return dock
