"""What a third party's code may not leave changed: the process as it was before."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HOOKS = ("stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook", "path", "dont_write_bytecode")


@contextmanager
def kept() -> Iterator[None]:
    """Put back, whatever happens inside, what all code of the process shares.

    Working directory, environment, warning filters, signal handlers, streams and hooks of `sys`, recursion limit, and
    torch's default data type and device.
    """
    folder, environment, limit = _working_folder(), dict(os.environ), sys.getrecursionlimit()
    hooks = {name: _copied(getattr(sys, name)) for name in _HOOKS}
    handlers: dict[int, Any] = {number: signal.getsignal(number) for number in signal.valid_signals()}
    defaults = _torch_defaults()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        if folder is not None and _working_folder() != folder:
            os.chdir(folder)
        _restore_environment(environment)
        sys.setrecursionlimit(limit)
        for name, value in hooks.items():
            setattr(sys, name, value)
        _restore_handlers(handlers)
        _restore_torch(defaults)


def lasting_threads(before: set[threading.Thread]) -> list[str]:
    """Return the names of threads that were not there before and that the process would wait for at its end."""
    return [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]


def _working_folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None  # it was removed


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value


def _restore_environment(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _restore_handlers(before: dict[int, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # Python lets no other thread change a handler
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _torch_defaults() -> tuple[Any, Any] | None:
    torch = sys.modules.get("torch")
    return (torch.get_default_dtype(), torch.get_default_device()) if torch is not None else None


def _restore_torch(before: tuple[Any, Any] | None) -> None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "set_default_device"):
        return  # not imported, or only half
    dtype, device = before or (torch.float32, "cpu")
    if torch.get_default_dtype() is not dtype:
        torch.set_default_dtype(dtype)
    if str(torch.get_default_device()) != str(device):
        torch.set_default_device(device)
