"""Who a key belongs to: the window's shortcuts where a field has the focus, and the letters in menus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget
from shiboken6 import isValid

_TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_PRESSED = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)  # the second where no action took the first
_RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OF_NUMBERS = frozenset("0123456789+-.,eE' \u00a0\u202f\u2019")  # digits, signs, and what groups and parts them


class FieldKeys(QObject):
    """Hands shortcuts on to the window that a line of text or a number field would keep for itself.

    Of a number field these are all letters: after a tool is chosen its first number has the focus, and ``J``, ``L`` or
    ``\\`` would do nothing there.

    Parameters
    ----------
    window : QWidget
        The fields of no other window are watched.
    always : sequence of QAction
        Whose shortcuts the fields never get.
    idle : sequence of QAction
        Whose shortcuts a field gets while it is edited: from the first letter that is typed until Return.
    """

    def __init__(self, window: QWidget, always: Sequence[QAction], idle: Sequence[QAction]) -> None:
        super().__init__(window)
        self._window = window
        self.watch(always, idle)
        self._watched: QWidget | None = None
        self._taken_in = ""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def watch(self, always: Sequence[QAction], idle: Sequence[QAction]) -> None:
        """Take the keys of these actions from now on; see above."""
        self._always = {keys for action in always for keys in action.shortcuts()}
        self._idle = {keys for action in idle for keys in action.shortcuts()}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave a shortcut to the window before the field claims it, and to nobody while its action is off."""
        if event.type() not in _PRESSED or not isinstance(event, QKeyEvent):
            return False
        keys = QKeySequence(event.keyCombination())
        if event.key() in _RETURNS:
            self._taken_in = _text(watched)
        is_the_windows = keys in self._idle and not self._is_edited(watched)
        goes_on = is_the_windows or keys in self._always or _is_no_number(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride and goes_on:
            event.ignore()
            return True
        return is_the_windows

    def _is_edited(self, field: QObject) -> bool:
        """Return whether its text was typed: what arrows and wheel have made of it, it could not undo."""
        line = field.findChild(QLineEdit) if isinstance(field, QAbstractSpinBox) else field
        return isinstance(line, QLineEdit) and line.isUndoAvailable() and _text(field) != self._taken_in

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        is_field = isinstance(new, (QLineEdit, QAbstractSpinBox)) and new.window() is self._window
        self._watched = new if is_field else None
        if self._watched is not None:
            self._taken_in = _text(self._watched)
            self._watched.installEventFilter(self)


class TabWalk(QObject):
    """Keeps Tab from hiding the panels where it goes on to the next field.

    That is where text is entered, and for who came by Tab, until a mouse button gives the focus to something else.

    Parameters
    ----------
    window : QWidget
        The keys of no other window are watched.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watched: QWidget | None = None
        self._is_walking = False
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim Tab for the focused widget where it is to go on; see that it does."""
        if event.type() == QEvent.Type.MouseButtonPress:
            self._is_walking = False
        if not isinstance(event, QKeyEvent) or event.key() not in _TABS:
            return False
        if event.type() == QEvent.Type.KeyPress:
            self._is_walking = True
        goes_on = self._is_walking or isinstance(watched, (QLineEdit, QAbstractSpinBox))
        if event.type() == QEvent.Type.ShortcutOverride and goes_on:
            event.accept()
            return True
        return False

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._is_walking = False
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = new if new is not None and new.window() is self._window else None
        if self._watched is not None:
            self._watched.installEventFilter(self)


def _text(field: QObject) -> str:
    return field.text() if isinstance(field, (QLineEdit, QAbstractSpinBox)) else ""


def _is_no_number(field: QObject, event: QKeyEvent) -> bool:
    """Return whether what was typed can stand in no number, so that a number field has no use for it."""
    is_plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.GroupSwitchModifier)
    typed = event.text()
    return is_plain and isinstance(field, QAbstractSpinBox) and typed.isprintable() and bool(set(typed) - _OF_NUMBERS)


def give_letters(actions: Iterable[QAction]) -> None:
    """Underline a letter of each menu entry, another one in each, by which it is chosen."""
    taken: set[str] = set()
    for action in actions:
        title = action.text()
        place = next((at for at in _letters(title) if title[at].casefold() not in taken), None)
        if place is not None:
            taken.add(title[place].casefold())
            action.setText(f"{title[:place]}&{title[place:]}")


def _letters(title: str) -> list[int]:
    """Return the places of a title's letters and figures, those that begin a word first."""
    places = [at for at, sign in enumerate(title) if sign.isalnum()]
    return sorted(places, key=lambda at: at > 0 and title[at - 1].isalnum())
