"""Which tests run which functions, and how long each takes: noted by pytest, for ``benchmarks.mutants``."""

from __future__ import annotations

import inspect
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

import pytest


class Recorder:
    """A plugin of pytest that notes the functions below a folder that each test calls, on any of Python's threads."""

    def __init__(self, folder: Path, notes: Path) -> None:
        self._folder, self._notes = f"{folder}/", notes
        self._called: set[CodeType] = set()
        self._tests: list[tuple[str, float, list[tuple[str, int, int]]]] = []
        self._failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note what is called from a test's first fixture to its last."""
        self._called, began = set(), time.monotonic()
        threading.settrace(self._note)
        sys.settrace(self._note)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            below = [code for code in list(self._called) if _is_function(code, self._folder)]
            lines = [(code.co_filename, code.co_firstlineno, _last_line(code)) for code in below]
            self._tests.append((item.nodeid, time.monotonic() - began, lines))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which tests fail without a fault: they can notice none."""
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Hand the notes to the process that waits for them."""
        tests = [test for test in self._tests if test[0] not in self._failed]
        self._notes.write_text(json.dumps({"tests": tests, "failed": sorted(self._failed)}), encoding="utf-8")

    def _note(self, frame: FrameType, _event: str, _argument: object) -> None:
        self._called.add(frame.f_code)


def _is_function(code: CodeType, folder: str) -> bool:
    """Whether code is a function below a folder: modules and classes run once, in whichever test is the first."""
    return code.co_filename.startswith(folder) and bool(code.co_flags & inspect.CO_OPTIMIZED)


def _last_line(code: CodeType) -> int:
    return max((line for _start, _end, line in code.co_lines() if line is not None), default=code.co_firstlineno)


@dataclass(frozen=True)
class Calls:
    """What was noted: each test that passed with its seconds, those that called each piece of code, and who failed."""

    seconds: dict[str, float]
    callers: dict[tuple[str, int, int], set[str]]
    failed: tuple[str, ...]

    @classmethod
    def read(cls, notes: Path) -> Calls:
        """Return what a ``Recorder`` noted."""
        seconds: dict[str, float] = {}
        callers: dict[tuple[str, int, int], set[str]] = {}
        noted = json.loads(notes.read_text(encoding="utf-8"))
        for test, took, codes in noted["tests"]:
            seconds[test] = took
            for file, first, last in codes:
                callers.setdefault((file, first, last), set()).add(test)
        return cls(seconds, callers, tuple(noted["failed"]))

    def tests_of(self, file: Path, line: int) -> list[str]:
        """Return the tests that call the innermost function over a line of a file, the likeliest to notice first.

        That is who calls most of the file's functions in a second. What runs at import is called by none, and tests
        in processes of their own are not seen: then all tests are returned.
        """
        of_file = {key: tests for key, tests in self.callers.items() if key[0] == str(file)}
        calls = Counter(test for tests in of_file.values() for test in tests)
        over = [key for key in of_file if key[1] <= line <= key[2]]
        wanted = of_file[max(over, key=lambda key: (key[1], -key[2]))] if over else set(self.seconds)
        return sorted(wanted, key=lambda test: (self.seconds[test] / max(calls[test], 0.5), test))
