"""How long the event loop was held."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 5


class StallMeter(QObject):
    """Ticks while something runs elsewhere, and keeps the longest time between two ticks.

    Attributes
    ----------
    longest : float
        In seconds.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_INTERVAL_MS)

    def stop(self) -> float:
        """End, and return the longest stall in seconds."""
        self._tick()
        self._timer.stop()
        return self.longest

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now
