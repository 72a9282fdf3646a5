"""The card of a map: why it may be believed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.check_view import CheckView
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.viewmodel.map_card import MapCard

_WIDTH = 440


class MapCardDialog(QDialog):
    """Shows one card; it holds nothing up, and goes when it is closed."""

    def __init__(self, card: MapCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapCard")
        self.setWindowTitle(tr("Why this map?"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(_label(f"{card.title} · {card.badge}" if card.badge else card.title, "title"))
        for sentence in card.sentences:
            column.addWidget(_label(sentence))
        if card.figures:
            rows = QFormLayout()
            rows.setHorizontalSpacing(24)
            rows.setLabelAlignment(Qt.AlignmentFlag.AlignTop)
            for name, value in card.figures:
                rows.addRow(_label(name, "hint", wraps=False), _label(value))
            column.addLayout(rows)
        if card.plot:
            view = CheckView()
            view.show_plot(card.plot)
            column.addWidget(view)
            column.addWidget(_label(card.plot.caption, "hint"))
        if card.caveats:
            column.addWidget(_label("\n".join(card.caveats), "caveat"))
        for source in card.sources:
            column.addWidget(_label(source, "hint"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the height that all lines need: a dialog reckons with the shortest."""
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            give_size(self, self.width(), layout.totalHeightForWidth(self.width()))

    def text(self) -> str:
        """Return all that is said."""
        return "\n".join(label.text() for label in self.findChildren(QLabel))


def _label(text: str, role: str = "", *, wraps: bool = True) -> QLabel:
    label = QLabel(tr(text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
