"""Who wants to know what happens to a document."""

from __future__ import annotations

import logging
from collections.abc import Callable

from desktop_app.core.document.state import DocumentEvent

Listener = Callable[[DocumentEvent], None]
_LOG = logging.getLogger(__name__)


class Listeners:
    """Calls functions with events; one that raises is logged, and keeps nobody else from being told."""

    def __init__(self) -> None:
        self._all: tuple[Listener, ...] = ()

    def add(self, listener: Listener) -> Callable[[], None]:
        """Have a function called from now on, and return what ends that."""
        self._all = (*self._all, listener)

        def remove() -> None:
            self._all = tuple(each for each in self._all if each is not listener)

        return remove

    def tell(self, event: DocumentEvent) -> None:
        """Call them all, on this thread."""
        for listener in self._all:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 # whatever it is, it is logged
                # A writer that stopped because a widget failed would lose the user's work.
                _LOG.exception("a listener failed at %s", event)
