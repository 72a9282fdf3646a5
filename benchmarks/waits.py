"""How long tests wait for a window, and which of them failed: a plugin of pytest, for ``benchmarks.mutants``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

_ENDLESS = 600.0  # seconds: what a test without a fault gets, however busy the machine is and however low its priority
_LEAST, _TIMES = 20.0, 2.0  # seconds beyond twice what the test takes without a fault, in which a fault would show


class Waits:
    """Gives each test the time that it needs here, in place of the one that it states, and notes which one failed.

    A test says how long a window may take on any machine. Beside other work and at a low priority that is too short for
    tests without a fault, and for those with one far too long: most faults of a window show in that it never comes to
    do what is waited for.

    Parameters
    ----------
    failed : Path
        The file that gets the id of a test that fails.
    seconds : mapping of str to float
        What each test takes without a fault; empty while that is not known.
    """

    def __init__(self, failed: Path, seconds: Mapping[str, float]) -> None:
        self._failed, self._seconds = failed, seconds
        self._limit = _ENDLESS
        failed.unlink(missing_ok=True)

    def pytest_configure(self) -> None:
        """Have every wait ask here how long it is; this process runs these tests and ends."""
        for name in ("waitUntil", "waitSignal"):
            setattr(QtBot, name, self._waiting(getattr(QtBot, name)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Set the limit of a test's waits."""
        if self._seconds:
            self._limit = _LEAST + _TIMES * self._seconds.get(item.nodeid, 0.0)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the test that failed."""
        if report.failed:
            self._failed.write_text(report.nodeid, encoding="utf-8")

    def _waiting(self, wait: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(bot: QtBot, *given: Any, **more: Any) -> Any:
            if more.get("raising") is not False:  # else it is to see that a signal does not come
                more["timeout"] = round(1000 * self._limit)
            return wait(bot, *given, **more)

        return waiting
