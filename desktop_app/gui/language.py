"""The language that the window speaks: English stands in the source, other languages are catalogues, which are data.

The window's own catalogue lies here, that of errors and of pages in core's folder, a plugin's in its own or in that of
its package; `desktop_app.core.wording` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import core
from desktop_app.core.wording import FOLDER, Catalogue, read_entries

if TYPE_CHECKING:
    from desktop_app.core.plugins.entries import PluginEntry

SETTING = "language"
"""What the user's settings call it: ``en``, another language's two letters, or ``system``."""

_spoken: list[Catalogue] = []  # the one in force; none for English


def tr(text: str) -> str:
    """Return a text of the window in the language that it speaks.

    Like Qt's own translators it is one for the whole program. Everything up to the last widget is English, so that what
    is computed does not depend on who reads it.
    """
    return _spoken[0].said(text) if _spoken else text


def speak(catalogue: Catalogue | None) -> None:
    """Let `tr` answer from a catalogue from now on; None for English."""
    _spoken[:] = [catalogue] if catalogue is not None else []


def spoken() -> Catalogue | None:
    """Return what `tr` answers from; None for English."""
    return _spoken[0] if _spoken else None


def languages() -> tuple[str, ...]:
    """Return the languages that the window speaks, by their two letters, English first."""
    return ("en", *sorted(path.stem for path in (Path(__file__).parent / FOLDER).glob("*.json")))


def chosen_language(setting: str, system: Iterable[str]) -> str:
    """Return the language of a choice in the settings, given the system's languages, the best liked first.

    Examples
    --------
    >>> chosen_language("system", ["de-AT", "en"]), chosen_language("en", ["de-AT", "en"])
    ('de', 'en')
    """
    known = languages()
    if setting in known:
        return setting
    return next((name[:2] for name in system if name[:2] in known), "en")


def window_catalogue(language: str, decimal: str) -> Catalogue:
    """Return the window's own sentences in a language, and those in which core says what went wrong."""
    catalogue = Catalogue(read_entries(Path(__file__).parent / FOLDER / f"{language}.json"), decimal, language)
    catalogue.add(read_entries(Path(core.__file__).parent / FOLDER / f"{language}.json"))
    return catalogue


def plugin_catalogues(plugins: Iterable[PluginEntry], language: str) -> dict[str, str]:
    """Return what plugins that were loaded bring: from their folders, and from those of the packages they are in."""
    places: dict[Path, None] = {}
    for plugin in plugins:
        if plugin.status != "loaded" or not plugin.location:
            continue
        folder = Path(plugin.location)
        places[folder] = None
        while (folder := folder.parent) not in places and (folder / "__init__.py").is_file():
            places[folder] = None
    entries: dict[str, str] = {}
    for folder in places:
        for english, other in read_entries(folder / FOLDER / f"{language}.json").items():
            entries.setdefault(english, other)
    return entries
