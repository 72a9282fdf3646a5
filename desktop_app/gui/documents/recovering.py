"""Brings back documents that were left behind: unsaved work of an earlier start, and what was closed a moment ago."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.threads.background import Background

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.leftovers import Recovery

_RECOVERY, _SPOILT = "recovery", "spoilt"  # what messages are about


class Recovering(QObject):
    """Offers what was left behind, and discards it only after asking twice.

    Signals
    -------
    said : Message
        A sentence for the user.
    begun
        The user brought something back: what was said before is over.
    recovered : Document
        A document is open again.
    """

    said = Signal(object)
    begun = Signal()
    recovered = Signal(object)

    def __init__(self, application: Application, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application, self._background = application, background

    def offer(self) -> None:
        """Look for documents that were left behind, and offer them."""
        self._background.run(self._left_behind, self._offer, self._say_fault)

    def reopen(self, document_id: str) -> None:
        """Bring a document back that was closed."""
        self._background.run(lambda: self._find(document_id), self._restore, self._say_fault)

    def _find(self, document_id: str) -> list[Recovery]:
        return [each for each in self._application.session.recoverable() if each.path.stem == document_id]

    def _left_behind(self) -> list[Recovery]:
        return self._application.session.recoverable()

    def _offer(self, found: list[Recovery]) -> None:
        sound, spoilt = [each for each in found if not each.problem], [each for each in found if each.problem]
        if spoilt:
            self._tell_of_spoilt(spoilt)
        if not sound:
            return
        many = f"{len(sound)} photos" if len(sound) > 1 else f"“{sound[0].title}”"
        text = f"Verilens ended with unsaved steps; {many} can be brought back."
        ask = partial(self._confirm_discard, sound, f"the unsaved steps of {many}", _RECOVERY)
        choices = (("Restore", lambda: self._restore(sound)), ("Discard…", ask))
        self.said.emit(Message(text, choices=choices, topic=_RECOVERY, waits=True))

    def _tell_of_spoilt(self, spoilt: list[Recovery]) -> None:
        many = f"{len(spoilt)} damaged documents" if len(spoilt) > 1 else f"the damaged {spoilt[0].title}"
        text = f"Verilens found {many} that it left behind when it ended. {spoilt[0].problem}"
        choices = (("Discard…", partial(self._confirm_discard, spoilt, many, _SPOILT)),)
        self.said.emit(Message(text, is_fault=True, choices=choices, topic=_SPOILT, waits=True))

    def _restore(self, found: list[Recovery]) -> None:
        self.begun.emit()
        for recovery in found:
            recover = partial(self._application.session.recover, recovery)
            self._background.run(recover, self.recovered.emit, self._say_fault)

    def _confirm_discard(self, found: list[Recovery], what: str, topic: str) -> None:
        """Ask once more: what is discarded is gone."""
        choices = (("Keep", lambda: self._offer(found)), ("Discard for good", lambda: self._discard(found)))
        self.said.emit(Message(f"Discard {what} for good?", choices=choices, topic=topic, waits=True))

    def _discard(self, found: list[Recovery]) -> None:
        for recovery in found:
            discard = partial(self._application.session.discard, recovery)
            self._background.run(discard, lambda _none: None, self._say_fault, must_finish=True)

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(fault(error))
