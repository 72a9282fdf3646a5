"""What commands need of the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from PySide6.QtWidgets import QWidget

from desktop_app.gui.panels.messages import Message

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from desktop_app.core.application import Application
    from desktop_app.gui.layout.hiding import Hiding
    from desktop_app.gui.layout.parts import Parts

__all__ = ["Face"]


class Face(Protocol):
    """What commands need of the window besides that it is a widget."""

    application: Application
    parts: Parts
    actions_by_id: dict[str, QAction]
    keys: Mapping[str, str]
    panels: Hiding

    def rebind(self, action: str, keys: str | None) -> Mapping[str, str]:
        """Give an action other keys, its own where None, now and from now on; return those of all."""

    def say(self, message: Message) -> None:
        """Show a sentence over the photo."""

    def show_state(self) -> None:
        """Enable what can be done, and check what is on."""

    def uncover(self, part: QWidget) -> None:
        """Bring a panel before those that it shares its place with."""

    def dress(self) -> None:
        """Draw the icons in the theme's colours."""
