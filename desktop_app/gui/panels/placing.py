"""Windows that stay on the screen, whatever its size: the main one with its frame, and dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, QRect, QSize

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

__all__ = ["give_size", "keep_on_screen", "within"]

_FRAME = QSize(16, 48)  # what a frame takes at most, about; nobody knows before a window is shown


def give_size(window: QWidget, width: int, height: int) -> None:
    """Give a window that is not yet shown a size in pixels, or as much of it as the screen has room for."""
    window.resize(QSize(width, height).boundedTo(window.screen().availableSize() - _FRAME))


def keep_on_screen(window: QWidget) -> None:
    """Make a shown window so small, and move it so far, that its frame too lies on the screen."""
    if window.isMaximized() or window.isFullScreen():
        return
    frame, inside = window.frameGeometry(), window.geometry()
    wanted = within(frame, window.screen().availableGeometry())
    if wanted != frame:
        window.setGeometry(wanted - _margins(frame, inside))


def within(frame: QRect, available: QRect) -> QRect:
    """Return a frame with no more than the size of what is available, moved until it lies there.

    Examples
    --------
    >>> within(QRect(0, 20, 1280, 822), QRect(0, 0, 1280, 800))
    PySide6.QtCore.QRect(0, 0, 1280, 800)
    """
    size = frame.size().boundedTo(available.size())
    left = min(max(frame.left(), available.left()), available.left() + available.width() - size.width())
    top = min(max(frame.top(), available.top()), available.top() + available.height() - size.height())
    return QRect(left, top, size.width(), size.height())


def _margins(frame: QRect, inside: QRect) -> QMargins:
    return QMargins(
        inside.left() - frame.left(), inside.top() - frame.top(),
        frame.right() - inside.right(), frame.bottom() - inside.bottom(),
    )  # fmt: skip
