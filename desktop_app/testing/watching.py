"""What a tool does beside its result: what it prints, changes and holds, and how often it lets itself be stopped."""

from __future__ import annotations

import gc
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

from desktop_app.core.jobs.control import JobControl
from desktop_app.testing.shared_state import functions_of_others, process_state

if sys.platform == "linux":
    import resource


@dataclass
class Watch:
    """Looks on while a tool's functions run; what it saw is in its fields."""

    printed: str = ""
    disturbed: set[str] = field(default_factory=set)
    overwritten: set[str] = field(default_factory=set)

    @contextmanager
    def __call__(self, images: Tensor, inputs: Mapping[str, Tensor]) -> Iterator[None]:
        """Note what a function prints, changes in the process, and overwrites of images ``(N, C, H, W)`` float32."""
        given = {"the photo": images, **{f"the input {name!r}": value for name, value in inputs.items()}}
        copies = {name: value.detach().clone() for name, value in given.items()}
        before, threads, functions = process_state(), set(threading.enumerate()), functions_of_others()
        written = io.StringIO()
        try:
            with _own_output(written), redirect_stdout(written), redirect_stderr(written):
                yield
        finally:
            self.printed += written.getvalue()
            self.disturbed |= {name for name, now in process_state().items() if now != before[name]}
            now = functions_of_others()
            self.disturbed |= {name for name in functions.keys() & now.keys() if functions[name] != now[name]}
            if set(threading.enumerate()) - threads:
                self.disturbed.add("the running threads")
            self.overwritten |= {name for name, value in given.items() if not value.detach().equal(copies[name])}


@contextmanager
def _own_output(written: IO[str]) -> Iterator[None]:
    """Hear, too, what is written to the process's own output past Python, as other languages do."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, ValueError):  # there is none
        yield
        return
    with TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            file.seek(0)
            written.write(file.read().decode(errors="replace"))


class _Flag(threading.Event):
    """The flag that every check of a job asks, which therefore knows when each was."""

    def __init__(self, asked: Callable[[], None]) -> None:
        super().__init__()
        self._asked = asked

    def is_set(self) -> bool:
        self._asked()
        return super().is_set()


_PUSHES = 3


def _pushed_aside() -> int:
    """Return how often this thread had to give way to another program; 0 where the system does not say."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw if sys.platform == "linux" else 0


class WatchedControl(JobControl):
    """A control that notes progress and the gaps between checks, and cancels when it has seen enough.

    Parameters
    ----------
    checks : int, optional
        Cancels at this check.
    seconds : float, optional
        Cancels at the first check after so much processor time.
    """

    def __init__(self, *, checks: int | None = None, seconds: float | None = None) -> None:
        self.seen: list[float] = []
        super().__init__(lambda fraction, _: self.seen.append(fraction))
        self._flag = _Flag(self._asked)
        self._left, self._seconds = checks, seconds
        self.gap = self.busy_gap = 0.0
        self.begin()

    def begin(self) -> None:
        """Start the clocks."""
        self._last, self._last_busy, self._last_pushed = time.perf_counter(), time.thread_time(), _pushed_aside()
        self._began = self._last_busy

    def end(self) -> None:
        """Count the stretch after the last check: ``busy_gap`` is the longest of work, ``gap`` of work or of waiting.

        A stretch in which other programs had the processor is no waiting.
        """
        now, busy, pushed = time.perf_counter(), time.thread_time(), _pushed_aside()
        worked = busy - self._last_busy
        waited = now - self._last if pushed - self._last_pushed <= _PUSHES else 0.0
        self.gap, self.busy_gap = max(self.gap, worked, waited), max(self.busy_gap, worked)
        self._last, self._last_busy, self._last_pushed = now, busy, pushed

    def _asked(self) -> None:
        self.end()
        if self._left is not None:
            self._left -= 1
        if self._left == 0 or (self._seconds is not None and self._last_busy - self._began > self._seconds):
            self._flag.set()


class Ledger(TorchDispatchMode):
    """Counts the bytes of the tensors that are alive; ``peak`` is the most at any time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch declares no types here
        self.peak = 0
        self._held: dict[int, tuple[Any, int]] = {}
        self._sum = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and add what it has made."""
        made = func(*args, **(kwargs or {}))
        given = {one.untyped_storage()._cdata for one in args if isinstance(one, Tensor)}  # a view is nothing new
        for one in made if isinstance(made, tuple | list) else (made,):
            if isinstance(one, Tensor) and one.untyped_storage()._cdata not in given:
                self._add(one.untyped_storage())
        if self._sum > self.peak:  # only then is it worth looking which are gone
            self._held = {key: held for key, held in self._held.items() if not _is_gone(held[0])}
            self._sum = sum(size for _, size in self._held.values())
            self.peak = max(self.peak, self._sum)
        return made

    def held(self, least: int) -> int:
        """Return the bytes that are still held of tensors of at least so many bytes each."""
        if self._alive(least):
            gc.collect()  # what holds itself alone is gone now
        return self._alive(least)

    def _alive(self, least: int) -> int:
        sizes = [size for storage, size in self._held.values() if not _is_gone(storage)]
        return sum(size for size in sizes if size >= least)

    def _add(self, storage: Any) -> None:
        if storage._cdata not in self._held:
            self._held[storage._cdata] = (_weak(storage), storage.nbytes())
            self._sum += storage.nbytes()


_weak: Callable[[Any], Any] = StorageWeakRef


def _is_gone(storage: Any) -> bool:
    gone: bool = storage.expired()
    return gone
