"""Shows a photo small while all of it is read: the picture in a raw file, a large JPEG at a fraction of its size."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from desktop_app.core.imaging.suffixes import JPEG, RAW
from desktop_app.gui.canvas import PyramidImage
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.start import Start
from desktop_app.gui.documents.workspace import Workspace
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.threads.background import Background


class Heralds(QObject):
    """Follows what is being opened.

    Attributes
    ----------
    shown : Path or None
        The file whose small picture is on the canvas.
    """

    def __init__(
        self, workspace: Workspace, keeper: PictureKeeper, start: Start, background: Background,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workspace, self._keeper, self._start, self._background = workspace, keeper, start, background
        self.shown: Path | None = None
        workspace.opening.connect(self._look)
        workspace.currentChanged.connect(self._forget)
        workspace.said.connect(self._hear)

    def _look(self, path: Path) -> None:
        if path.suffix.lower() in RAW | JPEG:
            self._background.run(partial(small_picture, path), partial(self._show, path), _nothing, lane="herald")

    def _show(self, path: Path, image: PyramidImage | None) -> None:
        if image is not None and self._workspace.is_read(path):
            self.shown = path
            self._start.show()  # it gives way to what is opened
            self._keeper.herald(image)

    def _forget(self) -> None:
        self.shown = None

    def _hear(self, message: Message) -> None:
        """Take the picture away where its photo could not be read after all."""
        if message.is_fault and self.shown is not None and not self._workspace.is_read(self.shown):
            self.shown = None
            self._keeper.herald(None)


def small_picture(path: Path) -> PyramidImage | None:
    """Return the picture in a raw file, or a large JPEG's at a fraction of its size, to be drawn; None without one."""
    from desktop_app.core.imaging.pyramid import build_pyramid, on_screen
    from desktop_app.core.imaging.raw import embedded_preview
    from desktop_app.core.imaging.reduced import reduced_jpeg
    from desktop_app.gui.canvas.images import pyramid_image

    if path.suffix.lower() in RAW:
        found, icc = embedded_preview(path), None
    else:
        found, icc = reduced_jpeg(path) or (None, None)
    return None if found is None else pyramid_image(on_screen(build_pyramid(found), icc))


def _nothing(_error: Exception) -> None:
    """Show nothing: opening the file will say what is wrong with it."""
