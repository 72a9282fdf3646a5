"""Icons of the actions, drawn by qtawesome once the window is on the screen."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QPalette, QPixmap


def placeholder(size: int = 16) -> QIcon:
    """Return an empty icon that holds the place, so that nothing moves when the real ones come."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


def icon(name: str, palette: QPalette) -> QIcon:
    """Return one icon (``mdi6.undo``) in the palette's text colour."""
    import qtawesome

    normal, dimmed = palette.color(QPalette.ColorRole.ButtonText), palette.color(QPalette.ColorRole.PlaceholderText)
    drawn: QIcon = qtawesome.icon(name, color=normal, color_disabled=dimmed)
    return drawn


def dress(actions: Mapping[str, QAction], names: Mapping[str, str], palette: QPalette) -> None:
    """Give each action the icon that its row of the table names."""
    for key, name in names.items():
        if name:
            actions[key].setIcon(icon(name, palette))
