"""Which plugins may be imported at all: not those that the user disabled, nor strangers in the user's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.api.errors import PluginError
from desktop_app.core.plugins.discovery import Candidate
from desktop_app.core.plugins.entries import PluginEntry
from desktop_app.core.plugins.registration import entry_of
from desktop_app.core.plugins.trust import Trust

if TYPE_CHECKING:
    from desktop_app.core.settings import Settings

_DISABLED = "plugins.disabled"


def barred(candidate: Candidate, settings: Settings) -> PluginEntry | None:
    """Return the entry, with its reason, of a plugin that must not be imported; None for any other."""
    if candidate.fault:
        return entry_of(candidate, "quarantined", candidate.fault)
    if candidate.name in disabled(settings):
        return entry_of(candidate, "disabled", f"disabled by you; enable {candidate.name} to use its tools")
    doubt = _doubt(candidate, settings)
    return entry_of(candidate, "untrusted", doubt) if doubt else None


def disabled(settings: Settings) -> set[str]:
    """Return the names of the plugins that the user disabled."""
    return set(settings.get(_DISABLED, []))


def disable(name: str, settings: Settings) -> None:
    """Remember that the user wants this plugin left out."""
    settings.set(_DISABLED, sorted(disabled(settings) | {name}))


def enable(name: str, settings: Settings) -> None:
    """Forget that the user wanted this plugin left out."""
    settings.set(_DISABLED, sorted(disabled(settings) - {name}))


def _doubt(candidate: Candidate, settings: Settings) -> str | None:
    if candidate.origin != "folder" or candidate.location is None:
        return None
    try:
        return Trust(settings).doubt(candidate.location)
    except PluginError as error:
        return str(error)
