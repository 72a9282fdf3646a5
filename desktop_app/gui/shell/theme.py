"""Colours of the window: Fusion in a neutral dark or light grey, with one accent."""

from __future__ import annotations

import os
import sys
from typing import Literal, get_args

from PySide6.QtCore import QDir, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from desktop_app.api.resources import bundled

Theme = Literal["dark", "light", "system"]
THEMES: tuple[Theme, ...] = get_args(Theme)
STYLE_MARK = "verilensStyle"
_SCHEMES = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light, "system": Qt.ColorScheme.Unknown}

_DARK = {
    "Window": "#232425", "Base": "#1b1c1d", "AlternateBase": "#26282a", "Button": "#323436", "Mid": "#3a3c3f",
    "Midlight": "#45484b", "Light": "#55585c", "Dark": "#161718", "Shadow": "#0c0c0d",
    "Text": "#e4e5e6", "WindowText": "#e4e5e6", "ButtonText": "#e4e5e6", "BrightText": "#ffffff",
    "PlaceholderText": "#9a9da1", "ToolTipBase": "#36393c", "ToolTipText": "#f0f0f0",
    "Highlight": "#3d7fc4", "HighlightedText": "#ffffff", "Accent": "#62a8ec", "Link": "#7ab8f5",
}  # fmt: skip
_LIGHT = {
    "Window": "#efeff0", "Base": "#fafafa", "AlternateBase": "#f0f1f2", "Button": "#e3e4e6", "Mid": "#c9cbce",
    "Midlight": "#d8dadc", "Light": "#ffffff", "Dark": "#a4a6a9", "Shadow": "#77797c",
    "Text": "#202224", "WindowText": "#202224", "ButtonText": "#202224", "BrightText": "#000000",
    "PlaceholderText": "#62666a", "ToolTipBase": "#ffffff", "ToolTipText": "#202224",
    "Highlight": "#1f6cb8", "HighlightedText": "#ffffff", "Accent": "#1f6cb8", "Link": "#1a5fa3",
}  # fmt: skip
_DIMMED = {"dark": "#717579", "light": "#8e9296"}


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Dress the application: style, palette, style sheet. ``system`` follows the desktop's choice."""
    hints = application.styleHints()
    hints.setColorScheme(_SCHEMES[theme])
    if not _is_fusion_already() and application.property(STYLE_MARK) is None:
        application.setStyle("Fusion")
        application.setProperty(STYLE_MARK, "Fusion")
    is_light = theme == "light" or (theme == "system" and hints.colorScheme() == Qt.ColorScheme.Light)
    application.setPalette(palette("light" if is_light else "dark"))
    QDir.setSearchPaths("theme", [str(bundled("theme"))])  # where the sheet finds its pictures
    sheet = bundled("theme/verilens.qss").read_text(encoding="utf-8")
    application.setStyleSheet("")  # colours of the palette are looked up when a sheet is set, and only then
    application.setStyleSheet(sheet)


def _is_fusion_already() -> bool:
    """Return whether Qt began with Fusion: the one full style that its wheel has on Linux.

    Setting it again hands back a style object, and merely wrapping that costs a tenth of the start-up.
    """
    return sys.platform.startswith("linux") and not os.environ.get("QT_STYLE_OVERRIDE")


def palette(scheme: Literal["dark", "light"]) -> QPalette:
    """Return the colours of one scheme."""
    colours = QPalette()
    for name, value in (_DARK if scheme == "dark" else _LIGHT).items():
        colours.setColor(QPalette.ColorRole[name], QColor(value))
    dimmed = QColor(_DIMMED[scheme])
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, role, dimmed)
    colours.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, colours.mid().color())
    return colours
