"""Sentences for the user, over the top of the photo: nothing pops up in the way, and the photo does not move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import discard, tool_button
from desktop_app.gui.viewmodel.texts import one_line

_READING_MS = 4000, 60  # that a notice stays: to be seen at all, and for each character
_CHOOSING_MS = 10_000  # more, where something may be chosen
_MOST = 3
_NARROW = 480  # pixels of a card in which its buttons would leave no room for its sentence


class Message(NamedTuple):
    """A sentence, with what the user may do about it.

    A notice fades by itself; a fault stays until it is closed, and a question (``waits``) until it is answered.
    A message takes the place of those of its ``topic``; one without a text only takes them back. One about a
    ``document`` (its id) goes with it. One that ``stays`` tells of nothing that the user did: the next thing that the
    user does is no reason to take it back.
    """

    text: str
    is_fault: bool = False
    choices: Sequence[tuple[str, Callable[[], None]]] = ()
    topic: str = ""
    document: str = ""
    waits: bool = False
    stays: bool = False

    def reading_ms(self) -> int | None:
        """Return after how many milliseconds it fades; None if it stays."""
        if self.is_fault or self.waits:
            return None
        return _READING_MS[0] + _READING_MS[1] * len(self.text) + (_CHOOSING_MS if self.choices else 0)


def fault(error: BaseException, **more: Any) -> Message:
    """Return the message of what went wrong, in a line that stays until it is closed; `more` as of `Message`."""
    return Message(one_line(error), is_fault=True, **more)


class MessageBar(QWidget):
    """Shows messages below each other: a question first, then the newest; too many, and the oldest go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._cards: list[_Card] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 0)
        self._column.setSpacing(4)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message in the place of those of its topic."""
        self._keep(lambda old: old.topic != message.topic)
        if message.text:
            card = _Card(message)
            card.closed.connect(lambda: self._remove(card))
            below_questions = 0 if message.waits else sum(old.message.waits for old in self._cards)
            self._cards.insert(below_questions, card)
            self._column.insertWidget(below_questions, card)
            card.show()
            self._announce(message)
        for card in [card for card in self._cards if not card.message.waits][_MOST:]:
            self._remove(card)
        self._settle()

    def _announce(self, message: Message) -> None:
        """Let a screen reader say it: the message takes no focus, so it would not be noticed."""
        event = QAccessibleAnnouncementEvent(self, tr(message.text))
        if message.is_fault:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def begin(self) -> None:
        """Take back what was said of earlier doings: the user does something new. Questions stay."""
        self._keep(lambda old: old.waits or old.stays)

    def show_document(self, document: str) -> None:
        """Take back what was said about other documents than this one, by id."""
        self._keep(lambda old: old.document in ("", document))

    def text(self) -> str:
        """Return the first sentence that is shown; empty for none."""
        return self._cards[0].message.text if self._cards else ""

    def texts(self) -> list[str]:
        """Return the sentences that are shown, from top to bottom."""
        return [card.message.text for card in self._cards]

    def choose(self, title: str) -> None:
        """Press the first shown button of a title, as the user would; nothing happens where there is none."""
        buttons = (button for card in self._cards for button in card.buttons if button.text() == tr(title))
        button = next(buttons, None)
        if button is not None:
            button.click()

    def dismiss(self) -> None:
        """Close the first message."""
        if self._cards:
            self._remove(self._cards[0])

    def _keep(self, is_kept: Callable[[Message], bool]) -> None:
        for card in [card for card in self._cards if not is_kept(card.message)]:
            self._remove(card)

    def _remove(self, card: _Card) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._column.removeWidget(card)
            discard(card)
            self._settle()

    def _settle(self) -> None:
        self.setVisible(bool(self._cards))
        self.raise_()


class _Card(QFrame):
    """One message; ``closed`` when it is to go."""

    closed = Signal()

    def __init__(self, message: Message) -> None:
        super().__init__()
        self.message = message
        self.setObjectName("message")
        self.setProperty("role", "fault" if message.is_fault else "notice")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.buttons = [self._button(title, call) for title, call in message.choices]
        text, close = QLabel(tr(message.text)), tool_button("✕")
        text.setWordWrap(True)
        text.setAccessibleName(tr(message.text))
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        close.setAccessibleName(tr("Close the message"))
        close.setToolTip(tr("Close the message"))
        close.clicked.connect(self.closed)
        self._row, choices = QHBoxLayout(self), QHBoxLayout()
        self._row.setContentsMargins(16, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(text, 1)
        self._row.addLayout(choices)
        choices.addStretch(1)
        for button in (*self.buttons, close):
            choices.addWidget(button)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.timeout.connect(self.closed)
        self._wait()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what may be chosen below the sentence where both do not go beside each other."""
        super().resizeEvent(event)
        is_narrow = bool(self.buttons) and event.size().width() < _NARROW
        self._row.setDirection(QHBoxLayout.Direction.TopToBottom if is_narrow else QHBoxLayout.Direction.LeftToRight)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is on it."""
        self._fade.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Fade after another while."""
        self._wait()
        super().leaveEvent(event)

    def _wait(self) -> None:
        reading = self.message.reading_ms()
        if reading is not None:
            self._fade.start(reading)

    def _button(self, title: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(tr(title))

        def clicked() -> None:
            self.closed.emit()
            call()

        button.clicked.connect(clicked)
        return button
