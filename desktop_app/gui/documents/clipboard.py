"""Pictures go to the clipboard and come from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from desktop_app.api.errors import InputError
from desktop_app.core.private import private_folder
from desktop_app.gui.canvas.images import whole_image
from desktop_app.gui.canvas.widget import local_files
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.workspace import Workspace
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.texts import one_line

_TOPIC = "clipboard"  # of messages


class PictureClipboard(QObject):
    """Copies the shown picture, and opens what was copied elsewhere.

    Parameters
    ----------
    folder : Path
        Where pictures that were pasted are kept, so that their steps can be brought back.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(
        self, keeper: PictureKeeper, workspace: Workspace, background: Background, folder: Path, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._keeper, self._workspace, self._background, self._folder = keeper, workspace, background, folder

    def copy(self) -> None:
        """Put the shown state on the clipboard, as it is seen: in 8 bits of sRGB, with its transparency."""
        picture = self._keeper.picture()
        if picture is None:
            return

        def done(image: QImage) -> None:
            QGuiApplication.clipboard().setImage(image)
            self.said.emit(Message("Copied the picture, as it is shown.", topic=_TOPIC))

        self._background.run(lambda: whole_image(picture.image), done, self._failed, lane="copy")

    def paste(self) -> None:
        """Open the files, or the picture, that lie on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        content, image = clipboard.mimeData(), clipboard.image()
        paths = local_files(content) if content is not None else []  # an empty one has no content
        if paths:
            self._workspace.open_files(paths)
        elif image.isNull():
            self.said.emit(Message("There is no picture on the clipboard.", topic=_TOPIC))
        else:
            def work() -> Path:
                return kept_picture(image, self._folder)

            self._background.run(work, lambda path: self._workspace.open_files([str(path)]), self._failed)

    def _failed(self, error: Exception) -> None:
        self.said.emit(Message(one_line(error), is_fault=True, topic=_TOPIC))


def kept_picture(image: QImage, folder: Path) -> Path:
    """Write a picture into a folder as a PNG that is named after the time, and return where it is.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    path = private_folder(folder) / f"Pasted {datetime.now():%Y-%m-%d %H-%M-%S}.png"
    number = 2
    while path.exists():
        path = path.with_name(f"{path.stem.partition(' no. ')[0]} no. {number}.png")
        number += 1
    if not image.save(str(path), None, 90):  # of Qt's qualities the one that packs fast
        raise InputError(f"expected to keep the pasted picture in {str(folder)!r}, could not write it; make room there")
    return path
