"""Where the panels stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QGridLayout, QLayout, QMainWindow, QTabWidget, QToolBar, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.layout.parts import Parts

_FEATURES = QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable
_SIDE = 304, 376
_FOLDED = 328  # as wide as the names of all panels beside each other
_LEFT_OUT = ("dockHistogram",)  # of these names; the menu of panels brings it
_NARROW = 960  # logical pixels of a window in which a photo between two sides would be narrower than they are
_SMALLEST = QSize(480, 320)
_LOW = 600  # and of one in which two panels above each other would show next to nothing
LAYOUT = 2  # of the docks; what was kept of another one is not brought back


class Places(NamedTuple):
    """The docks, and what is filled later: the columns of history and middle, and what lies over the photo."""

    docks: tuple[QDockWidget, ...]
    history: QVBoxLayout
    middle: QVBoxLayout
    picture: QGridLayout


def place(window: QMainWindow, parts: Parts) -> Places:
    """Put what the first paint shows into a window, and return where the rest goes."""
    window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
    for corner in (Qt.Corner.TopLeftCorner, Qt.Corner.BottomLeftCorner):
        window.setCorner(corner, Qt.DockWidgetArea.LeftDockWidgetArea)
    for corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner):
        window.setCorner(corner, Qt.DockWidgetArea.RightDockWidgetArea)
    centre, history = QWidget(), QWidget()
    window.setCentralWidget(centre)
    middle, below, picture = _column(centre), _column(history), _picture(parts)
    middle.addWidget(parts.tabs)
    middle.addLayout(picture, 1)
    below.addWidget(parts.history, 1)
    layout = window.layout()
    if layout is not None:
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # panels fold before they hold the window up
    window.setMinimumSize(_SMALLEST)
    window.setStatusBar(parts.status)
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    rows: tuple[tuple[str, QWidget | None, Qt.DockWidgetArea], ...] = (
        ("Tools", parts.tools, left), ("History", history, left),
        ("Parameters", parts.form, right), ("Maps", None, right), ("Report", parts.report, right),
        ("Histogram", None, right),
    )  # fmt: skip
    docks = tuple(_dock(window, title, widget, area) for title, widget, area in rows)
    window.setTabPosition(right, QTabWidget.TabPosition.North)
    window.tabifyDockWidget(docks[3], docks[5])
    window.tabifyDockWidget(docks[3], docks[4])  # one above the other they would leave too little for the form
    settled = QTimer(window)  # while a dock goes, it still counts among the tabs
    settled.setSingleShot(True)
    settled.timeout.connect(partial(_show_titles, window, docks))
    for dock in docks:
        dock.visibilityChanged.connect(lambda _is_visible: settled.start(0))
    _share_room(window, docks)
    return Places(docks, below, middle, picture)


def place_rest(places: Places, parts: Parts) -> None:
    """Put in what the first paint does not show."""
    parts.form.subject.hide()  # made now, shown for a tool that asks somebody
    for dock, widget in ((places.docks[3], parts.maps), (places.docks[5], parts.histogram)):
        dock.setWidget(widget)
    places.history.addWidget(parts.strength)
    places.middle.insertWidget(1, parts.mask)  # below the tabs
    places.picture.addWidget(parts.messages, 0, 0, Qt.AlignmentFlag.AlignTop)  # over it: the photo does not move


def _share_room(window: QMainWindow, docks: Sequence[QDockWidget]) -> None:
    window.resizeDocks([docks[0], docks[2]], list(_SIDE), Qt.Orientation.Horizontal)
    window.resizeDocks(list(docks[:2]), [420, 280], Qt.Orientation.Vertical)
    window.resizeDocks([docks[2], docks[4]], [420, 300], Qt.Orientation.Vertical)


def _show_titles(window: QMainWindow, docks: Sequence[QDockWidget]) -> None:
    """Give a title bar to those docks alone that have no tab to name them."""
    for dock in docks:
        has_tab = bool(window.tabifiedDockWidgets(dock))  # hidden ones are not among them
        if has_tab and dock.titleBarWidget() is None:
            dock.setTitleBarWidget(QWidget(dock))
        elif not has_tab and dock.titleBarWidget() is not None:
            dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # Qt's own again: PySide's stubs forget that


class Folding(QObject):
    """Lays all panels over each other, at one side, while the window is too small for two sides and a photo.

    Parameters
    ----------
    window : QMainWindow
        Holds the docks.
    docks : sequence of QDockWidget
        Of both sides.
    """

    def __init__(self, window: QMainWindow, docks: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._docks = window, tuple(docks)
        self._unfolded: QByteArray | None = None

    def follow(self, size: QSize) -> None:
        """Fold or unfold, as a size of the window in logical pixels asks for."""
        is_small = size.width() < _NARROW or size.height() < _LOW
        if self._unfolded is None and is_small:
            self._unfolded = self._window.saveState(LAYOUT)
            self._fold()
        elif self._unfolded is not None and not is_small:
            state, self._unfolded = self._unfolded, None
            self._window.restoreState(state, LAYOUT)
            _share_room(self._window, self._docks)

    def state(self) -> QByteArray:
        """Return how the docks stand where there is room."""
        return self._window.saveState(LAYOUT) if self._unfolded is None else self._unfolded

    def uncover(self, part: QWidget) -> None:
        """Bring the dock of a part before those that it shares its place with."""
        dock = next(dock for dock in self._docks if dock.widget() is part or dock.isAncestorOf(part))
        if self._window.tabifiedDockWidgets(dock):
            dock.raise_()

    def _fold(self) -> None:
        first, right = self._docks[0], Qt.DockWidgetArea.RightDockWidgetArea
        shown = [dock for dock in self._docks if not dock.isHidden()]
        for dock in self._docks:
            self._window.removeDockWidget(dock)
        self._window.addDockWidget(right, first)
        for dock in self._docks[1:]:
            self._window.tabifyDockWidget(first, dock)
        for dock in self._docks:
            dock.setVisible(dock in shown and dock.objectName() not in _LEFT_OUT)
        self._window.resizeDocks([first], [_FOLDED], Qt.Orientation.Horizontal)
        first.raise_()


def make_toolbar(window: QMainWindow) -> QToolBar:
    """Return the window's toolbar, empty."""
    bar = QToolBar(tr("Toolbar"))
    bar.setObjectName("toolbar")
    bar.setIconSize(QSize(20, 20))
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    window.addToolBar(bar)
    return bar


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column


def _picture(parts: Parts) -> QGridLayout:
    picture = QGridLayout()
    parts.canvas.setMinimumSize(240, 120)
    picture.addWidget(parts.canvas, 0, 0)
    picture.addWidget(parts.start, 0, 0)
    return picture


def _dock(window: QMainWindow, title: str, widget: QWidget | None, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(tr(title))
    dock.setObjectName(f"dock{title}")
    dock.setFeatures(_FEATURES)
    if widget is not None:
        dock.setWidget(widget)
    window.addDockWidget(area, dock)
    return dock
