"""Fills the start page: what was opened last, the samples, and their small pictures, which are read off this thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from desktop_app.api.resources import resource_root
from desktop_app.gui.documents.workspace import PROJECT_SUFFIX, Workspace
from desktop_app.gui.panels.start import THUMBNAIL, StartPage
from desktop_app.gui.threads.background import Background

_MOST = 8
_DENSITY = 2  # pixels of a small picture to one of the screen: it is sharp on dense screens too
_PHOTOS = (".png", ".jpg", ".jpeg")


class Start(QObject):
    """Keeps the start page in step with the workspace.

    Signals
    -------
    openAsked
        The user wants to choose files.
    """

    openAsked = Signal()

    def __init__(
        self, page: StartPage, workspace: Workspace, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._page, self._workspace, self._background = page, workspace, background
        page.openAsked.connect(self.openAsked)
        page.chosen.connect(lambda path: workspace.open_files([path]))
        page.filesDropped.connect(workspace.open_files)
        workspace.currentChanged.connect(self.show)
        workspace.said.connect(lambda _message: self.show())

    def show(self) -> None:
        """Show the page while no photo is open; what it offers is looked for once it is seen."""
        is_wanted = self._workspace.current is None and not self._workspace.is_opening
        if is_wanted == self._page.isHidden():
            self._page.setVisible(is_wanted)
        if is_wanted:
            self.fill()

    def fill(self) -> None:
        """Offer the files that were opened last, as far as they are there, and the samples."""
        known = self._workspace.recent()
        self._background.run(partial(existing, known), self._show_files, _ignore, lane="recent files")

    def _show_files(self, recent: list[str]) -> None:
        samples = [str(path) for path in sample_photos() if str(path) not in recent]
        for shelf, paths in ((self._page.recent, recent[:_MOST]), (self._page.samples, samples)):
            if list(shelf.tiles) == paths:
                continue
            shelf.show_files([(path, Path(path).name) for path in paths])
            for path in paths:
                work = partial(thumbnail, path, THUMBNAIL * _DENSITY)
                self._background.run(work, partial(self._show_picture, path), _ignore)

    def _show_picture(self, path: str, picture: QImage | None) -> None:
        if picture is not None:
            for shelf in (self._page.recent, self._page.samples):
                shelf.show_picture(path, picture)


def sample_photos() -> list[Path]:
    """Return the photos that come with the program."""
    return sorted(path for path in (resource_root() / "samples").glob("*") if path.suffix in _PHOTOS)


def existing(paths: list[str]) -> list[str]:
    """Return those paths at which there is a file."""
    return [path for path in paths if Path(path).is_file()]


def thumbnail(path: str, size: QSize) -> QImage | None:
    """Return a small picture of a photo that fills a size, the middle of it; None for what Qt cannot read.

    Parameters
    ----------
    path : str
        A photo; a project has no small picture.
    size : QSize
        In pixels.
    """
    if path.endswith(PROJECT_SUFFIX):
        return None
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    whole = reader.size()
    if whole.isValid():
        reader.setScaledSize(whole.scaled(size * 2, Qt.AspectRatioMode.KeepAspectRatioByExpanding).boundedTo(whole))
    picture = reader.read()
    if picture.isNull():
        return None
    covering = picture.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    corner = QPoint((covering.width() - size.width()) // 2, (covering.height() - size.height()) // 2)
    return covering.copy(QRect(corner, size))


def _ignore(_error: Exception) -> None:
    """Leave the tile blank: opening the file will say what is wrong with it."""
