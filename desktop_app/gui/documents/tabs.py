"""The open documents as tabs; with one document there are none to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QTabBar

from desktop_app.gui.documents.workspace import Workspace
from desktop_app.gui.viewmodel.texts import short_title

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document


class Tabs(QObject):
    """Keeps a tab bar in step with the workspace.

    Signals
    -------
    closeAsked : Document
        The user closed a tab.
    """

    closeAsked = Signal(object)

    def __init__(self, bar: QTabBar, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar, self._workspace = bar, workspace
        self._shown: list[Document] = []
        workspace.documentsChanged.connect(self._fill)
        workspace.currentChanged.connect(self._fill)
        bar.currentChanged.connect(lambda index: workspace.show(self._shown[index]) if index >= 0 else None)
        bar.tabCloseRequested.connect(lambda index: self.closeAsked.emit(self._shown[index]))

    def _fill(self) -> None:
        self._bar.blockSignals(True)
        while self._bar.count():
            self._bar.removeTab(0)
        self._shown = list(self._workspace.documents)
        for index, document in enumerate(self._shown):
            self._bar.addTab(short_title(document.title))
            self._bar.setTabToolTip(index, str(document.project or document.source))
        if self._workspace.current in self._shown:
            self._bar.setCurrentIndex(self._shown.index(self._workspace.current))
        self._bar.setVisible(len(self._shown) > 1)
        self._bar.blockSignals(False)
