"""What a command says, and where: results on stdout, one line for an error on stderr, one JSON object with --json."""

from __future__ import annotations

import io
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from desktop_app.api.errors import Cancelled, ParameterError, VerilensError
from desktop_app.core.texts import harmless, legible

if TYPE_CHECKING:
    from desktop_app.core.application import Application

_UNEXPECTED = 1
_STDOUT, _STDERR = 1, 2


@dataclass
class Console:
    """One run of the program: its two streams, and the options that belong to no command.

    Parameters
    ----------
    as_json : bool
        Whether stdout holds exactly one JSON object: whatever a plugin prints goes to stderr then.
    debug : bool
        Whether an error brings its traceback.
    safe_mode : bool
        Whether third parties' plugins are left out.
    development : Path, optional
        A folder of plugins that are being written: used without being trusted.
    """

    as_json: bool = False
    debug: bool = False
    safe_mode: bool = False
    development: Path | None = None
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    _has_spoken: bool = False

    def __post_init__(self) -> None:
        for stream in (self.out, self.err):
            _bear_any_text(stream)

    @classmethod
    def of(cls, arguments: Sequence[str]) -> tuple[Console, list[str]]:
        """Return the console that the arguments ask for, and the arguments without the options that are its own."""
        words = [part for word in arguments for part in (word.split("=", 1) if word.startswith("--dev=") else [word])]
        end = words.index("--") if "--" in words else len(words)
        own, files = words[:end], words[end:]
        console = cls("--json" in own, "--debug" in own, "--safe-mode" in own)
        if "--dev" in own:
            place = own.index("--dev")
            console.development = Path("".join(own[place + 1 : place + 2]) or "--dev")
            del own[place : place + 2]
        return console, [word for word in own if word not in ("--debug", "--safe-mode")] + files

    def application(self, *, is_to_run: bool = False) -> Application:
        """Return the program's parts for this run; say first in whose tool the last one ended, if tools are to run.

        A tool can end the program without an error and with success as exit code: only the next run can tell.

        Raises
        ------
        ParameterError
            If there is no folder where plugins are said to be written.
        """
        from desktop_app.core.application import Application

        if self.development is not None and not self.development.is_dir():
            raise ParameterError(f"expected --dev FOLDER with the plugins that you write, found no folder "
                                 f"{str(self.development)!r}; name one that is there")
        application = Application(safe_mode=self.safe_mode, development=self.development)
        for plugin, tool in application.guard.ended_runs() if is_to_run else ():
            self.note(f"verilens ended while {tool} of the plugin {plugin} was at work, so that not all of that run "
                      f"may have been written; if that happens again: verilens plugins disable {plugin}")
        return application

    def show(self, payload: Mapping[str, Any], lines: Iterable[str], as_json: bool) -> None:
        """Print the result: the payload as one JSON object, or the lines."""
        if as_json:
            # Escapes are read as characters whatever the stream's encoding is.
            is_ascii = "utf" not in (self.out.encoding or "utf-8").lower()
            self._print(json.dumps(_plain(payload), indent=2, ensure_ascii=is_ascii, allow_nan=False))
        else:
            for line in lines:
                self._print(harmless(line))

    def note(self, sentence: str) -> None:
        """Say something beside the result."""
        self._tell(harmless(f"verilens: {' '.join(sentence.split())}"))

    def guard(self, work: Callable[[], int]) -> int:
        """Run a command and return its exit code; whatever goes wrong becomes one line on stderr."""
        try:
            if not self.as_json:
                return work()
            with self._stdout_is_ours():
                return work()
        except BaseException as error:  # noqa: BLE001 - the outermost layer: our own faults too
            return self._fail(error, *_told(error))

    @contextmanager
    def _stdout_is_ours(self) -> Iterator[None]:
        """Keep stdout for `show`: whatever else writes there, in Python, in C or in a child process, writes to stderr.

        The process's own stdout stays ours until it ends, since code of others may write at the very end.
        """
        if _descriptor(self.out) == _STDOUT:
            self.out.flush()
            self.out = os.fdopen(os.dup(_STDOUT), "w", encoding=self.out.encoding, errors=self.out.errors)
            os.dup2(_STDERR, _STDOUT)
        with redirect_stdout(self.err):
            yield

    def _fail(self, error: BaseException, sentence: str, code: int) -> int:
        try:
            self.out.flush()
        except OSError:
            _give_up(self.out)  # what it did not take is still buffered
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


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None  # no file behind it, as in a test


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
    if value is None or isinstance(value, int | bool):
        return value
    return legible(str(value))


def _bear_any_text(stream: TextIO) -> None:
    """Let a stream write what its encoding has no character for, as an escape, and never fail for it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
