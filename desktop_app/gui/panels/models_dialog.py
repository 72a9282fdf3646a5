"""The models: which there are, which could be had, and what the user may do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.models.hub import DOORS
from desktop_app.core.plugins.entries import ModelEntry, Snapshot
from desktop_app.gui.language import tr
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.viewmodel.models import PURPOSES, card_html, cells, matching
from desktop_app.gui.widgets.flow import FlowLayout
from desktop_app.gui.widgets.folding_list import FoldingList

_ID = Qt.ItemDataRole.UserRole
_COLUMNS = ("Model", "For", "Scale", "Size", "Licence", "Where")
_SPARE = (4, 2, 3, 5, 1)  # which go first where there is no room: a model's card says them, too
_SIZES = (("Any size", 0), ("Up to 5 MB", 5_000_000), ("Up to 20 MB", 20_000_000), ("Up to 70 MB", 70_000_000))
_NONE_CHOSEN = (
    "Choose a model to see its card, or add a file. {} brings a classifier that its makers publish: search for it."
)
_NAMES = ", ".join(f"{door}…" for door in DOORS)
_NAMED = "Download fetches the weights of “{}” that its makers publish, and adds them."
_SCALES = (("Any scale", 0), ("×1", 1), ("×2", 2), ("×3", 3), ("×4", 4), ("×8", 8))
_LICENCES = (("Any licence", ""), ("Commercial use allowed", "yes"))
_NONE_FITS = "No model fits the search and the filters."
_PLACES = (("Here and to download", ""), ("Here", "here"), ("To download", "catalogue"))


class ModelDialog(QDialog):
    """Lists the models, with a card for the chosen one.

    Signals
    -------
    addAsked
        The user wants a file added.
    chosen : str
        The model of an id is looked at.
    downloadAsked, removeAsked, pageAsked : str
        What the user wants of the model of an id; a download also of a name that begins with one of `DOORS`.
    cancelAsked
        What is going on is to stop.
    """

    addAsked = Signal()
    chosen = Signal(str)
    downloadAsked = Signal(str)
    removeAsked = Signal(str)
    pageAsked = Signal(str)
    cancelAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelManager")
        self.setWindowTitle(tr("Models"))
        self.setAccessibleName(tr("Models"))
        give_size(self, 1080, 560)
        self._models: dict[str, ModelEntry] = {}
        self._snapshot = Snapshot()
        self._preflights: dict[str, Mapping[str, Any]] = {}  # of those that came without one
        self._is_busy = False
        self._make_parts()
        self._lay_out()
        self._connect()
        self._show_chosen()

    def show_models(self, models: Sequence[ModelEntry], snapshot: Snapshot) -> None:
        """Show the models as they are now; the chosen one stays chosen."""
        self._models = {one.id: one for one in models}
        self._snapshot = snapshot
        self._fill()

    def show_progress(self, share: float | None, text: str = "") -> None:
        """Say how far adding or downloading is; None when nothing goes on."""
        self._is_busy = share is not None
        self.progress.setVisible(self._is_busy)
        self.cancel.setVisible(self._is_busy)
        if share is not None:
            self.progress.setValue(round(1000 * share))
        self.said.setText(tr(text))
        self._show_chosen()

    def show_preflight(self, model_id: str, found: Mapping[str, Any]) -> None:
        """Show what was found of a classifier that came without a preflight; no `gives` while it is being looked at."""
        self._preflights[model_id] = found
        self._show_chosen()

    def choose(self, model_id: str) -> None:
        """Choose a model, if it is listed."""
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, _ID) == model_id:
                self.list.setCurrentItem(item)

    def _make_parts(self) -> None:
        self.search = QLineEdit(placeholderText=tr("Search models…"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Search models"))
        self.purpose, self.place, self.size_limit, self.scale, self.licence = (QComboBox() for _ in range(5))
        for box, name, items in (
            (self.purpose, "For", [("For anything", ""), *((title, key) for key, title in PURPOSES.items())]),
            (self.place, "Where", _PLACES), (self.size_limit, "Size", _SIZES), (self.scale, "Scale", _SCALES),
            (self.licence, "Licence", _LICENCES),
        ):
            box.setAccessibleName(tr(name))
            for title, value in items:
                box.addItem(tr(title), value)
        self._filters = (self.purpose, self.scale, self.size_limit, self.licence, self.place)
        self.list = FoldingList([tr(title) for title in _COLUMNS], _SPARE)
        self.list.setObjectName("modelList")
        self.list.setAccessibleName(tr("Models"))
        self.card, self.said = QLabel(), QLabel()
        self.card.setWordWrap(True)
        self.card.setTextFormat(Qt.TextFormat.RichText)
        self.card.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.card.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setWordWrap(True)
        self.progress = QProgressBar(maximum=1000)
        self.progress.setAccessibleName(tr("Progress"))
        titles = ("Add a file…", "Download", "Remove…", "Open its page", "Cancel")
        self.add, self.download, self.remove, self.page, self.cancel = (QPushButton(tr(title)) for title in titles)
        self.progress.hide()
        self.cancel.hide()

    def _lay_out(self) -> None:
        filters, middle, below = QWidget(), QHBoxLayout(), QHBoxLayout()
        flow = FlowLayout(filters)
        flow.setContentsMargins(0, 0, 0, 0)
        flow.add_group(*self._filters)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.card)
        middle.addWidget(self.list, 3)
        middle.addWidget(scroll, 2)
        for button in (self.add, self.download, self.page, self.remove):
            below.addWidget(button)
        below.addWidget(self.progress, 1)
        below.addWidget(self.cancel)
        below.addStretch(0)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        below.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(filters)
        column.addLayout(middle, 1)
        column.addWidget(self.said)
        column.addLayout(below)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._fill())
        for box in self._filters:
            box.currentIndexChanged.connect(lambda _index: self._fill())
        self.list.currentItemChanged.connect(lambda _new, _old: self._show_chosen())
        self.list.currentItemChanged.connect(lambda _new, _old: self._ask(self.chosen))
        self.add.clicked.connect(self.addAsked)
        self.remove.clicked.connect(self._confirm_removal)
        self.cancel.clicked.connect(self.cancelAsked)
        self.download.clicked.connect(self._ask_for_download)
        self.page.clicked.connect(lambda: self._ask(self.pageAsked))

    def _fill(self) -> None:
        chosen = self._chosen()
        blocked = QSignalBlocker(self.list)
        self.list.clear()
        shown = matching(
            self._models.values(), self.search.text(), self.purpose.currentData(), self.place.currentData(),
            self.size_limit.currentData(), self.scale.currentData(), self.licence.currentData(),
        )
        for one in shown:
            item = QTreeWidgetItem([tr(text) for text in cells(one)])
            item.setData(0, _ID, one.id)
            item.setToolTip(0, tr(one.summary))
            self.list.addTopLevelItem(item)
        self.list.fold()
        if chosen is not None:
            self.choose(chosen.id)
        del blocked
        self._show_chosen()

    def _named(self) -> str:
        """Return the name that is typed of a classifier whose makers publish it; empty where there is none."""
        text = self.search.text().strip()
        return text if text.startswith(DOORS) and text not in DOORS else ""

    def _chosen(self) -> ModelEntry | None:
        item = self.list.currentItem()
        return self._models.get(item.data(0, _ID)) if item is not None else None

    def _show_chosen(self) -> None:
        one = self._chosen()
        found = self._preflights.get(one.id, {}) if one is not None else {}
        named = "" if one is not None else self._named()
        is_empty = bool(self._models) and self.list.topLevelItemCount() == 0
        unknown = _NAMED.format(escape(named)) if named else _NONE_FITS if is_empty else _NONE_CHOSEN.format(_NAMES)
        self.card.setText(card_html(one, self._snapshot, found) if one else tr(unknown))
        is_free = one is not None and not self._is_busy
        self.add.setEnabled(not self._is_busy)
        is_offered = one is not None and not one.is_here and bool(one.urls)
        self.download.setEnabled(not self._is_busy and (is_offered or bool(named)))
        self.remove.setEnabled(is_free and one is not None and one.origin == "added")
        self.page.setEnabled(one is not None and bool(one.page))

    def _ask(self, signal: SignalInstance) -> None:
        one = self._chosen()
        if one is not None:
            signal.emit(one.id)

    def _ask_for_download(self) -> None:
        if self._chosen() is None and self._named():
            self.downloadAsked.emit(self._named())
        else:
            self._ask(self.downloadAsked)

    def _confirm_removal(self) -> None:
        one = self._chosen()
        if one is None:
            return
        buttons = QMessageBox.StandardButton
        question = f"Remove “{one.title}”?\n\nIts file is deleted; steps that used it can no longer be done again."
        asked = QMessageBox.question(self, tr("Remove a model"), tr(question), buttons.Yes | buttons.No, buttons.No)
        if asked == buttons.Yes:
            self.removeAsked.emit(one.id)
