"""The program without its face: what the window and the command line share, each part made when first used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from desktop_app.core.document.session import Session
    from desktop_app.core.jobs.engine import Engine
    from desktop_app.core.models.catalogue import Catalogue
    from desktop_app.core.models.library import Library
    from desktop_app.core.models.networks import ModelStore
    from desktop_app.core.plugins.entries import ModelEntry, Snapshot
    from desktop_app.core.plugins.guarding import PluginGuard
    from desktop_app.core.plugins.host import PluginHost
    from desktop_app.core.settings import Settings

_T = TypeVar("_T")


class Application:
    """Settings, plugins, models, engine and session, over one home.

    Making it imports and reads nothing: the window asks only for what it shows first.

    Parameters
    ----------
    home : Path, optional
        Holds ``data/`` and ``cache/``; by default the user's own folders (see `desktop_app.core.settings`).
    safe_mode : bool
        Whether third parties' plugins are left out.
    development : Path, optional
        A folder of plugins that are being written, or one of them: used without being trusted.
    """

    def __init__(self, home: Path | None = None, *, safe_mode: bool = False, development: Path | None = None) -> None:
        self._home = home
        self._safe_mode, self.development = safe_mode, development
        self._parts: dict[str, object] = {}
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[Callable[..., Application], tuple[object, ...]]:
        """Let another process have parts of its own over the same home, with the same plugins."""
        return _made_again, (self._home, self._safe_mode, self.development)

    @property
    def data(self) -> Path:
        """The folder of settings, session and the user's plugins."""
        from desktop_app.core.settings import data_folder

        return data_folder(self._home)

    @property
    def cache(self) -> Path:
        """The folder of what can be made again."""
        from desktop_app.core.settings import cache_folder

        return cache_folder(self._home)

    @property
    def inputs(self) -> Path:
        """The folder of kept masks and kernels (see `desktop_app.core.steps.kept`)."""
        return self.data / "inputs"

    @property
    def credentials(self) -> Path:
        """The folder of the key that signs what is made of photos with content credentials."""
        return self.data / "credentials"

    @property
    def settings(self) -> Settings:
        """The user's choices."""
        from desktop_app.core.settings import Settings

        return self._part("settings", lambda: Settings(self.data / "settings.json"))

    @property
    def host(self) -> PluginHost:
        """The plugins."""
        from desktop_app.core.plugins.host import PluginHost

        return self._part("host", lambda: PluginHost(
            self._tool_cache, self.data / "plugins", self.settings,
            safe_mode=self._safe_mode, development=self.development, added=self._added,
        ))

    @property
    def guard(self) -> PluginGuard:
        """What stands around code of third parties."""
        from desktop_app.core.plugins.guarding import PluginGuard

        return self._part("guard", lambda: PluginGuard(self.host))

    def _added(self) -> tuple[ModelEntry, ...]:
        return self.library.entries()

    @property
    def library(self) -> Library:
        """The models that the user added."""
        from desktop_app.core.models.library import Library

        return self._part("library", lambda: Library(self.data / "models"))

    def cached_tools(self) -> Snapshot | None:
        """Return the tools that the last discovery found, without the plugins' host: what a window shows first."""
        from desktop_app.core.plugins.entries import BUILT_IN, Snapshot

        known = Snapshot.read(self._tool_cache)
        return known.of(BUILT_IN) if known is not None and self._safe_mode else known

    @property
    def _tool_cache(self) -> Path:
        return self.cache / "tools.json"

    @property
    def catalogue(self) -> Catalogue:
        """The models that can be had."""
        from desktop_app.core.models.catalogue import Catalogue

        return self._part("catalogue", lambda: Catalogue(self.data / "catalogues"))

    @property
    def models(self) -> ModelStore:
        """The networks and their weights. Imports no torch until one is loaded."""
        from desktop_app.core.models.networks import ModelStore

        return self._part("models", lambda: ModelStore(self.host, self.library))

    @property
    def engine(self) -> Engine:
        """What runs a tool on a picture; imports torch."""
        from desktop_app.core.jobs.engine import Engine

        return self._part("engine", lambda: Engine(self.host, self.models, self.cache, self.guard))

    @property
    def session(self) -> Session:
        """The open documents, kept in the data folder as they change."""
        from desktop_app.core.document.session import Session

        return self._part("session", lambda: Session(self.data / "session"))

    def close(self) -> None:
        """Close the session if it was opened; tools that are still at work are not to blame for the end."""
        if "host" in self._parts:
            self.guard.leave()
        session = cast("Session | None", self._parts.get("session"))
        if session is not None:
            session.close()

    def _part(self, name: str, make: Callable[[], _T]) -> _T:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = make()
            return cast(_T, self._parts[name])


def _made_again(home: Path | None, safe_mode: bool, development: Path | None) -> Application:
    return Application(home, safe_mode=safe_mode, development=development)
