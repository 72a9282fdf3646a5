"""What may be a plugin: found, and not imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop_app.core.plugins.entries import BUILT_IN, Origin

USER_FOLDER = "user folder"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A plugin that was found but not imported.

    Parameters
    ----------
    name : str
        The entry point's name, or the stem of the file or folder; in a package of several, the first id that its
        descriptor spells out.
    door : str
        The entry point's name, with which the ids of a third party begin; empty where it is the plugin's own.
    shared : str
        Fingerprint of the code outside its folder that its descriptors may depend on.
    module : str
        What holds the hooks, with `attribute` the object inside it (empty: the module itself).
    location : Path, optional
        The file or folder of its code; None when it cannot be told without importing.
    fault : str
        Why it cannot even be tried, in a sentence; empty otherwise.
    """

    name: str
    distribution: str
    version: str
    origin: Origin
    module: str = ""
    attribute: str = ""
    location: Path | None = None
    fault: str = ""
    door: str = ""
    shared: str = ""

    @property
    def is_built_in(self) -> bool:
        """Whether it is the program's own, and not a third party's."""
        return self.distribution == BUILT_IN
