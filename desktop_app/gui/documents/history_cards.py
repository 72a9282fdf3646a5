"""Tells of a state in the history, under the resting pointer, how it looks and how it was made."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QObject, QSize, Qt

from desktop_app.core.plugins.entries import Snapshot
from desktop_app.gui.canvas.images import whole_image
from desktop_app.gui.canvas.scene import PyramidImage
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.panels.history import HistoryView
from desktop_app.gui.viewmodel.history_card import card_html

_SIZE = QSize(200, 150)
_MOST = 500  # small pictures, of some kilobytes each


class HistoryCards(QObject):
    """Keeps a small picture of each state that was shown, and lets the history show it with what is known."""

    def __init__(self, history: HistoryView, viewer: Viewer, keeper: PictureKeeper, parent: QObject) -> None:
        super().__init__(parent)
        self._history, self._viewer, self._keeper = history, viewer, keeper
        self._snapshot = Snapshot()
        self._small: dict[tuple[str, str], str] = {}
        keeper.shown.connect(self._keep)
        history.cardAsked.connect(self._tell)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take in which tools there are."""
        self._snapshot = snapshot

    def _keep(self, state: str) -> None:
        document, picture = self._viewer.document, self._keeper.picture()
        if document is None or picture is None:
            return
        self._small[document.id, state] = small_jpeg(picture.image)
        while len(self._small) > _MOST:
            del self._small[next(iter(self._small))]

    def _tell(self, name: str) -> None:
        document = self._viewer.document
        state = document.states.get(name) if document is not None else None
        if document is not None and state is not None:
            picture = self._small.get((document.id, name), "")
            self._history.show_card(name, card_html(state, self._snapshot.tools_by_id, picture))


def small_jpeg(image: PyramidImage) -> str:
    """Return a photo as a small JPEG in Base64, made of its smallest copy."""
    smallest = whole_image(PyramidImage(image.levels[-1:], image.alpha[-1:]))
    ways = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    smallest.scaled(_SIZE.boundedTo(smallest.size()), *ways).save(buffer, "JPEG", 85)  # type: ignore[call-overload] # its stubs want bytes, itself a str
    return bytes(buffer.data().toBase64().data()).decode("ascii")
