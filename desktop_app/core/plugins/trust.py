"""Which plugins of the user's folder may run: those whose every file is as the user trusted it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.api.errors import PluginError
from desktop_app.core.plugins.fingerprints import code_files

if TYPE_CHECKING:
    from desktop_app.core.settings import Settings

_KEY = "plugins.trusted"


def digest(location: Path) -> str:
    """Return the SHA-256 over the names and contents of a plugin's files, in lower-case hexadecimal.

    Raises
    ------
    PluginError
        If a file cannot be read, or the folder holds a link, behind which files could change unseen, or anything else
        that is no file.
    """
    total = hashlib.sha256()
    for path in code_files(location):
        if path.is_symlink() and path != location:
            raise PluginError(f"expected files, got the link {path}; replace it with what it points to")
        if not path.is_file():
            raise PluginError(f"expected files, got {path}, which is none; remove it")
        try:
            content = hashlib.sha256(path.read_bytes()).digest()
        except OSError as error:
            raise PluginError(f"expected a readable file, got {error}; give yourself the right to read it") from error
        name = path.name if path == location else path.relative_to(location).as_posix()
        spelt = os.fsencode(name)  # a name need not be text
        total.update(len(spelt).to_bytes(8, "big") + spelt + content)
    return total.hexdigest()


class Trust:
    """The user's trust, kept in the settings as file or folder name → digest.

    Nothing but `grant` adds to it, and any change of the files ends it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def doubt(self, location: Path) -> str:
        """Return why a plugin may not run, in a sentence; empty if it may."""
        known = self._known().get(location.name)
        if known is None:
            return f"expected your trust, got none yet; read {location} and trust the plugin if you know who wrote it"
        if known != digest(location):
            return f"expected {location} as you trusted it, got changed files; read them and trust the plugin again"
        return ""

    def grant(self, location: Path) -> str:
        """Trust a plugin's files as they are now, and return their digest."""
        found = digest(location)
        self._settings.set(_KEY, {**self._known(), location.name: found})
        return found

    def _known(self) -> dict[str, str]:
        return dict(self._settings.get(_KEY, {}))
