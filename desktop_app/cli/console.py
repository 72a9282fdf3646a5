"""What a command says, and where: results on stdout, one line for an error on stderr, one JSON object with --json."""

from __future__ import annotations

import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any, TextIO

from desktop_app.api.errors import Cancelled, VerilensError

_UNEXPECTED = 1


@dataclass
class Console:
    """The two streams of one run of the program.

    Parameters
    ----------
    as_json : bool
        Whether stdout holds exactly one JSON object: whatever a plugin prints goes to stderr then.
    debug : bool
        Whether an error brings its traceback.
    """

    as_json: bool = False
    debug: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    _has_spoken: bool = False

    def show(self, payload: Mapping[str, Any], lines: Iterable[str], as_json: bool) -> None:
        """Print the result: the payload as one JSON object, or the lines."""
        if as_json:
            self._print(json.dumps(_plain(payload), indent=2, ensure_ascii=False, allow_nan=False))
        else:
            for line in lines:
                self._print(line)

    def note(self, sentence: str) -> None:
        """Say something beside the result."""
        self._tell(f"verilens: {' '.join(sentence.split())}")

    def guard(self, work: Callable[[], int]) -> int:
        """Run a command and return its exit code; whatever goes wrong becomes one line on stderr."""
        try:
            if not self.as_json:
                return work()
            with redirect_stdout(self.err):
                return work()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost layer: our own faults too
            return self._fail(error, *_told(error))

    def _fail(self, error: BaseException, sentence: str, code: int) -> int:
        if self.debug:
            self._tell("".join(traceback.format_exception(error)).rstrip())
        self.note(sentence)
        if self.as_json and not self._has_spoken:
            try:
                self.show({"error": {"exit_code": code, "message": " ".join(sentence.split())}}, (), True)
            except OSError:
                _give_up(self.out)
        return code

    def _tell(self, text: str) -> None:
        try:
            print(text, file=self.err, flush=True)
        except OSError:
            _give_up(self.err)  # nobody can be told, but the exit code still says how it went

    def _print(self, text: str) -> None:
        self._has_spoken = True
        try:
            print(text, file=self.out, flush=True)
        except BrokenPipeError:
            _give_up(self.out)  # the reader has seen enough


def _give_up(stream: TextIO) -> None:
    """Let a stream that takes no more lead nowhere: the interpreter must not trip over it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _told(error: BaseException) -> tuple[str, int]:
    """Return the sentence and the exit code of an error."""
    if isinstance(error, VerilensError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "cancelled; nothing more was written", Cancelled.exit_code
    if isinstance(error, OSError):
        return f"expected to read and write the files, but: {error}; check their names and your rights", 3
    if isinstance(error, MemoryError):
        return "expected enough memory, but it ran out; use a smaller picture or --tile", _UNEXPECTED
    return f"expected no fault, got {type(error).__name__}: {error}; report it with --debug", _UNEXPECTED


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: a mapping, list or scalar, where what is not finite is null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)
