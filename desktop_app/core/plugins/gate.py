"""What the user said of plugins: which are left out, and which of the user's folder are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.api.errors import PluginError
from desktop_app.core.plugins.candidate import USER_FOLDER, Candidate
from desktop_app.core.plugins.trust import Trust

if TYPE_CHECKING:
    from desktop_app.core.settings import Settings

_DISABLED = "plugins.disabled"


def disabled(settings: Settings) -> set[str]:
    """Return the names of the plugins that the user disabled."""
    return {name for name in settings.get(_DISABLED, []) if isinstance(name, str)}


def disable(name: str, settings: Settings) -> None:
    """Remember that the user wants this plugin left out."""
    settings.set(_DISABLED, sorted(disabled(settings) | {name}))


def enable(name: str, settings: Settings) -> None:
    """Forget that the user wanted this plugin left out."""
    settings.set(_DISABLED, sorted(disabled(settings) - {name}))


def doubt(candidate: Candidate, settings: Settings) -> str:
    """Return why a plugin is not trusted, in a sentence; empty if it is, or needs no trust."""
    if candidate.distribution != USER_FOLDER or candidate.location is None:
        return ""
    try:
        return Trust(settings).doubt(candidate.location)
    except PluginError as error:
        return str(error)
