"""What stands over the canvas while no photo is open: a way in for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.canvas import local_files
from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import discard
from desktop_app.gui.viewmodel.texts import short_title

THUMBNAIL = QSize(120, 90)
_TILE, _GAP, _MOST_COLUMNS = THUMBNAIL.width() + 16, 8, 4


class StartPage(QScrollArea):
    """An Open button, the photos that were opened last, samples; files may be dropped anywhere on it.

    Signals
    -------
    openAsked
        The user wants to choose files.
    chosen : str
        The user wants to open this file.
    filesDropped : list of str
        Paths of files that were dropped here.
    """

    openAsked = Signal()
    chosen = Signal(str)
    filesDropped = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self.setAccessibleName(tr("Start"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)
        self.open_button = QPushButton(tr("Open…"))
        self.open_button.setObjectName("startOpen")
        self.open_button.setProperty("role", "primary")
        self.open_button.setToolTip(tr("Choose photos or projects (Ctrl+O)"))
        self.open_button.clicked.connect(self.openAsked)
        self.recent, self.samples = _Shelf("Opened last", "recentFiles"), _Shelf("Samples", "samplePhotos")
        for shelf in (self.recent, self.samples):
            shelf.chosen.connect(self.chosen)
        self._lay_out()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, and show that they may be let go."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()
            self._show_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show it no longer."""
        self._show_drop(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Say which files were dropped."""
        event.acceptProposedAction()
        self._show_drop(False)
        self.filesDropped.emit(local_files(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many tiles in a row as there is room for."""
        super().resizeEvent(event)
        columns = max(1, min(_MOST_COLUMNS, (self.viewport().width() - 48) // (_TILE + _GAP)))
        for shelf in (self.recent, self.samples):
            shelf.arrange(columns)

    def _lay_out(self) -> None:
        title, hint = QLabel(tr("Open a photo")), QLabel(tr("or drop one here"))
        title.setProperty("role", "headline")
        hint.setProperty("role", "hint")
        self._inside = QFrame()
        self._inside.setObjectName("startInside")
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        for widget in (title, self.open_button, hint):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(16)
        for shelf in (self.recent, self.samples):
            column.addWidget(shelf, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        viewport = QWidget()  # a view's own would first have to be found among all classes of Qt: 10 ms of the start
        self.setViewport(viewport)
        self.setWidget(self._inside)
        for part in (viewport, self._inside):
            part.setAutoFillBackground(False)  # the canvas's own surround shows through

    def _show_drop(self, is_over: bool) -> None:
        self._inside.setProperty("drop", is_over)
        self._inside.style().polish(self._inside)


class _Shelf(QWidget):
    """A heading over tiles; hidden while there are none."""

    chosen = Signal(str)

    def __init__(self, title: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(tr(title))
        self.tiles: dict[str, QToolButton] = {}
        self._columns = _MOST_COLUMNS
        heading = QLabel(tr(title))
        heading.setProperty("role", "hint")
        rows = QHBoxLayout()
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        rows.addLayout(self._grid)
        rows.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addWidget(heading)
        column.addLayout(rows)
        self.hide()

    def show_files(self, files: Sequence[tuple[str, str]]) -> None:
        """Show files, each as path and title; their pictures follow."""
        for tile in self.tiles.values():
            discard(tile)
        self.tiles = {path: self._tile(path, title) for path, title in files}
        self.setVisible(bool(files))
        self.arrange(self._columns)

    def show_picture(self, path: str, picture: QImage) -> None:
        """Show a file's picture on its tile."""
        if path in self.tiles:
            self.tiles[path].setIcon(QIcon(QPixmap.fromImage(picture)))

    def arrange(self, columns: int) -> None:
        """Put the tiles in rows of so many."""
        self._columns = columns
        for place, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, place // columns, place % columns)

    def _tile(self, path: str, title: str) -> QToolButton:
        tile = QToolButton(self)
        tile.setProperty("role", "tile")
        tile.setText(tr(short_title(title, 17)))
        tile.setToolTip(path)
        tile.setAccessibleName(tr(f"Open {title}"))
        tile.setIconSize(THUMBNAIL)
        tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tile.setFixedWidth(_TILE)
        blank = QPixmap(THUMBNAIL)
        blank.fill(self.palette().color(self.palette().ColorRole.Mid))
        tile.setIcon(QIcon(blank))
        tile.clicked.connect(partial(self.chosen.emit, path))
        return tile
