"""Small pieces that several panels share."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QWidget

from desktop_app.gui.language import tr

LABEL_WIDTH = 104  # pixels: two ordinary words in either language


def form_grid(widget: QWidget) -> QGridLayout:
    """Give a widget the grid that all forms share, so that their columns line up."""
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, LABEL_WIDTH)
    grid.setColumnStretch(1, 1)
    return grid


def tool_button(text: str) -> QToolButton:
    """Return a flat button that shows its frame under the pointer only."""
    button = QToolButton()
    button.setText(tr(text))
    button.setAutoRaise(True)
    return button


def text_button(text: str) -> QToolButton:
    """Return a small button that looks like one: among labels, a word alone would be taken for another of them."""
    button = tool_button(text)
    button.setProperty("role", "text")
    return button


def reset_button(name: str) -> QToolButton:
    """Return a small button with the reset arrow."""
    button = tool_button("⟲")
    button.setProperty("role", "reset")
    button.setAccessibleName(tr(name))
    button.setToolTip(tr(name))
    return button


def clearable(line: QLineEdit) -> None:
    """Give a line of text the button that empties it, with a name for who cannot see it."""
    line.setClearButtonEnabled(True)
    for button in line.findChildren(QToolButton):
        button.setAccessibleName(tr("Clear"))
        button.setToolTip(tr("Clear"))


class NoticeRow(QWidget):
    """A sentence about what Apply will do, and a button that ends that; hidden without a sentence."""

    dropped = Signal()

    def __init__(self, drop_title: str) -> None:
        super().__init__()
        self._text, drop = QLabel(), tool_button("✕")
        self._text.setWordWrap(True)
        self._text.setProperty("role", "notice")
        drop.setAccessibleName(tr(drop_title))
        drop.setToolTip(tr(drop_title))
        drop.clicked.connect(self.dropped)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(drop, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show a sentence; empty for none."""
        self._text.setText(tr(text))
        self.setVisible(bool(text))


class _IdleWheel(QObject):
    """Leaves the wheel to the scroll area while a widget has no focus: scrolling past must not change a value."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def ignore_idle_wheel(*widgets: QWidget) -> None:
    """Let only a focused widget follow the wheel."""
    for widget in widgets:
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, widget.sizePolicy().verticalPolicy())
        widget.installEventFilter(_IdleWheel(widget))


def may_be_narrow(box: QComboBox) -> None:
    """Let a list be narrower than its longest item, which would push the form beyond its panel."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)


def discard(widget: QWidget) -> None:
    """Take a widget out now, and delete it once Qt is done with it: nobody finds it by name meanwhile."""
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()
