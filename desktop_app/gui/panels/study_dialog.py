"""The page of the blind comparison: choose states, vote on pairs, read the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import discard
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.panels.preference_card import PreferenceCard
from desktop_app.gui.viewmodel.study import PairView
from desktop_app.gui.widgets.number_box import WholeBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.lab.preference import Answer

_CHOICE, _QUESTION = (480, 420), (920, 620)  # the pages' sizes in pixels
_RESULT, _CARD = (560, 160), 120  # the last page's without a result, and what one more takes in height
_KEYS: dict[int, Answer] = {Qt.Key.Key_1: "left", Qt.Key.Key_2: "right", Qt.Key.Key_0: "neither"}
_TITLES: dict[Answer, str] = {
    "left": "1 · Left is better", "neither": "0 · No difference", "right": "2 · Right is better",
}  # fmt: skip


class CropView(QWidget):
    """Shows a crop as large as it fits, in whole steps, so that both sides are scaled alike."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(tr(name))
        self.pixels: NDArray[np.uint8] | None = None

    def show_crop(self, pixels: NDArray[np.uint8]) -> None:
        """Show ``(h, w, 1 or 3)`` uint8."""
        self.pixels = pixels
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(400, 400)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the crop."""
        if self.pixels is None:
            return
        height, width, channels = self.pixels.shape
        form = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
        image = QImage(self.pixels.tobytes(), width, height, width * channels, form)
        fit = min(self.width() / width, self.height() / height)
        zoom = int(fit) if fit >= 1 else fit
        side = width * zoom, height * zoom
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < 1)
        painter.drawImage(QRectF((self.width() - side[0]) / 2, (self.height() - side[1]) / 2, *side), image)
        painter.end()


class StudyDialog(QDialog):
    """Thin: it shows what it is told.

    Signals
    -------
    begun : list of str, int
        States to be compared, and how many trials of each pair.
    answered : str
        left, right or neither.
    undone
        The last vote is to be taken back.
    """

    begun = Signal(list, int)
    answered = Signal(str)
    undone = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studyDialog")
        self.setWindowTitle(tr("Blind comparison"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.states, self.trials, self.begin = QListWidget(), WholeBox(), QPushButton(tr("Begin"))
        self.left, self.right = CropView("Left picture"), CropView("Right picture")
        self.count, self.kept = QLabel(), QLabel()
        self._cards: list[PreferenceCard] = []
        self._pages = QStackedWidget()
        for page in (self._choice(), self._question(), self._end()):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self._pages)
        give_size(self, *_CHOICE)

    def show_states(self, states: Sequence[tuple[str, str]], chosen: Sequence[str]) -> None:
        """Offer states by id and title."""
        self.states.clear()
        for name, title in states:
            item = QListWidgetItem(tr(title))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setCheckState(Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked)
            self.states.addItem(item)
        self._check()

    def show_pair(self, left: NDArray[Any], right: NDArray[Any], number: int, count: int) -> None:
        """Ask which of two pictures ``(H, W, C)`` uint8 is better."""
        self.left.show_crop(left)
        self.right.show_crop(right)
        self.count.setText(tr(f"Pair {number} of {count}. Which one looks better?"))
        self._turn_to(1, *_QUESTION)
        self.setFocus()

    def show_result(self, pairs: Sequence[PairView], kept: str) -> None:
        """Show what came of it, and where the votes are kept."""
        for card in self._cards:
            discard(card)
        self._cards = [PreferenceCard(pair) for pair in pairs]
        for place, card in enumerate(self._cards):
            self._results.insertWidget(place, card)
        self.kept.setText(tr(f"The bar shows the share of the votes, and where it lies with 95% confidence. {kept}"))
        self._turn_to(2, _RESULT[0], min(_RESULT[1] + _CARD * len(pairs), _QUESTION[1]))

    def result_text(self) -> str:
        """Return all sentences of the result."""
        return "\n".join(label.text() for card in self._cards for label in card.findChildren(QLabel))

    def _turn_to(self, page: int, width: int, height: int) -> None:
        """Show a page in a window of its own size; a size that the user gave a page is left while it is shown."""
        if self._pages.currentIndex() != page:
            self._pages.setCurrentIndex(page)
            give_size(self, width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take votes by key."""
        answer = _KEYS.get(event.key())
        if self._pages.currentIndex() == 1 and answer is not None:
            self.answered.emit(answer)
        elif self._pages.currentIndex() > 0 and event.key() == Qt.Key.Key_Backspace:
            self.undone.emit()
        else:
            super().keyPressEvent(event)

    def _choice(self) -> QWidget:
        hint = _label("Choose two states or more. They are shown in pairs, in random order, without their names.")
        self.states.setObjectName("studyStates")
        self.states.setAccessibleName(tr("States to compare"))
        self.states.itemChanged.connect(lambda _item: self._check())
        self.trials.setRange(1, 500)
        self.trials.setValue(20)
        self.trials.valueChanged.connect(self._show_suffix)
        self._show_suffix(self.trials.value())
        self.trials.setAccessibleName(tr("Trials of each pair"))
        self.begin.setObjectName("studyBegin")
        self.begin.setProperty("role", "primary")
        self.begin.clicked.connect(lambda: self.begun.emit(self._chosen(), self.trials.value()))
        foot = _row(self.trials, self.begin)
        return _column(hint, self.states, foot)

    def _question(self) -> QWidget:
        buttons = [QPushButton(tr(title)) for title in _TITLES.values()]
        for button, answer in zip(buttons, _TITLES, strict=True):
            button.setObjectName(f"study_{answer}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, answer=answer: self.answered.emit(answer))
        crops = _row(self.left, self.right)
        page = _column(self.count, crops, _row(*buttons))
        page.layout().setStretch(1, 1)  # type: ignore[union-attr]  # the column has just been given one
        return page

    def _end(self) -> QWidget:
        title = QLabel(tr("Which one was preferred"))
        title.setProperty("role", "title")
        cards = QWidget()
        cards.setObjectName("studyResult")
        self._results = QVBoxLayout(cards)
        self._results.setContentsMargins(0, 0, 0, 0)
        self._results.setSpacing(8)
        self._results.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(cards)
        self.kept.setWordWrap(True)
        self.kept.setProperty("role", "hint")
        self.kept.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        undo, close = QPushButton(tr("Take the last vote back")), QPushButton(tr("Close"))
        undo.setToolTip(tr("Backspace"))
        undo.clicked.connect(self.undone)
        close.setProperty("role", "primary")
        close.clicked.connect(self.close)
        return _column(title, scroll, self.kept, _row(undo, close))

    def _chosen(self) -> list[str]:
        items = (self.states.item(row) for row in range(self.states.count()))
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _show_suffix(self, count: int) -> None:
        self.trials.setSuffix(tr(" trial of each pair" if count == 1 else " trials of each pair"))

    def _check(self) -> None:
        self.begin.setEnabled(len(self._chosen()) >= 2)


def _label(text: str) -> QLabel:
    label = QLabel(tr(text))
    label.setWordWrap(True)
    label.setProperty("role", "hint")
    return label


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget, 1)
    return row


def _column(*widgets: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        column.addWidget(widget)
    return page
