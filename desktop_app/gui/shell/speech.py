"""The language of the window, as chosen in the settings or by the system: its texts, Qt's own texts, its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator

from desktop_app.gui.language import SETTING, chosen_language, plugin_catalogues, speak, spoken, window_catalogue

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from desktop_app.core.plugins.entries import PluginEntry
    from desktop_app.core.settings import Settings

_QT = "qtTexts"


def begin_to_speak(running: QApplication, settings: Settings) -> None:
    """Let windows that are made from now on speak the chosen language, with its decimal sign."""
    for old in running.findChildren(QTranslator, _QT):
        running.removeTranslator(old)
        old.deleteLater()
    system = QLocale.system()
    language = chosen_language(str(settings.get(SETTING, "system")), system.uiLanguages())
    QLocale.setDefault(system if language in ("en", system.name()[:2]) else QLocale(language))
    if language == "en":
        speak(None)
        return
    speak(window_catalogue(language, QLocale().decimalPoint()))
    texts = QTranslator(running)
    texts.setObjectName(_QT)
    if texts.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        running.installTranslator(texts)


def learn_words(plugins: Iterable[PluginEntry]) -> None:
    """Take in what plugins bring in the window's language."""
    catalogue = spoken()
    if catalogue is not None:
        catalogue.add(plugin_catalogues(plugins, catalogue.language))
