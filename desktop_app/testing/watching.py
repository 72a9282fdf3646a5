"""What a tool does beside its result: what it prints, changes and holds, and how often it lets itself be stopped."""

from __future__ import annotations

import io
import os
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

from desktop_app.core.jobs.control import JobControl

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
        before, written = process_state(), io.StringIO()
        try:
            with redirect_stdout(written):
                yield
        finally:
            self.printed += written.getvalue()
            self.disturbed |= {name for name, now in process_state().items() if now != before[name]}
            self.overwritten |= {name for name, value in given.items() if not value.detach().equal(copies[name])}


def process_state() -> dict[str, object]:
    """Return what the whole process shares and no tool may change, by name."""
    kind, keys, *rest = np.random.get_state()
    return {
        "Python's random state": random.getstate(),
        "NumPy's random state": (kind, np.asarray(keys).tobytes(), tuple(rest)),
        "torch's random state": torch.get_rng_state().numpy().tobytes(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": torch.get_default_device(),
        "torch's number of threads": torch.get_num_threads(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's deterministic mode": torch.are_deterministic_algorithms_enabled(),
        "torch's anomaly mode": torch.is_anomaly_enabled(),
        "NumPy's error handling": np.geterr(),
        "the working directory": os.getcwd(),
        "the environment": dict(os.environ),
        "the warning filters": list(warnings.filters),
    }


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
        for one in made if isinstance(made, tuple | list) else (made,):
            if isinstance(one, Tensor):
                self._add(one.untyped_storage())
        if self._sum > self.peak:  # only then is it worth looking which are gone
            self._held = {key: held for key, held in self._held.items() if not _is_gone(held[0])}
            self._sum = sum(size for _, size in self._held.values())
            self.peak = max(self.peak, self._sum)
        return made

    def _add(self, storage: Any) -> None:
        if storage._cdata not in self._held:
            self._held[storage._cdata] = (_weak(storage), storage.nbytes())
            self._sum += storage.nbytes()


_weak: Callable[[Any], Any] = StorageWeakRef


def _is_gone(storage: Any) -> bool:
    gone: bool = storage.expired()
    return gone
