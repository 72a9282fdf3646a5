"""A bar for one sentence at a time, above the photo: nothing pops up in front of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from desktop_app.gui.panels.pieces import discard, tool_button


class Message(NamedTuple):
    """A sentence, with what the user may do about it. A fault stays until it is closed or another message comes."""

    text: str
    is_fault: bool = False
    choices: Sequence[tuple[str, Callable[[], None]]] = ()


class MessageBar(QFrame):
    """Shows the newest message; older ones that ask for something come back when it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._waiting: list[Message] = []
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = tool_button("✕")
        self._close.setAccessibleName("Close the message")
        self._close.setToolTip("Close the message")
        self._close.clicked.connect(self.dismiss)
        self._buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message; one without choices takes the place of the last one without."""
        self._waiting = [waiting for waiting in self._waiting if waiting.choices]
        self._waiting.append(message)
        self._show(message)

    def text(self) -> str:
        """Return the sentence that is shown; empty for none."""
        return self._waiting[-1].text if self._waiting else ""

    def choose(self, title: str) -> None:
        """Press the shown button of a title, as the user would; nothing happens where there is none."""
        for button in self._buttons:
            if button.text() == title:
                button.click()
                return

    def dismiss(self) -> None:
        """Close the message and show the one before, if there is one."""
        if self._waiting:
            self._waiting.pop()
        if self._waiting:
            self._show(self._waiting[-1])
        else:
            self.hide()

    def _show(self, message: Message) -> None:
        for button in self._buttons:
            discard(button)
        self._buttons = [self._button(title, call) for title, call in message.choices]
        for place, button in enumerate(self._buttons):
            self._row.insertWidget(1 + place, button)
        self._text.setText(message.text)
        self._text.setAccessibleName(message.text)
        self.setProperty("role", "fault" if message.is_fault else "notice")
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()

    def _button(self, title: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(title)

        def clicked() -> None:
            self.dismiss()
            call()

        button.clicked.connect(clicked)
        return button
