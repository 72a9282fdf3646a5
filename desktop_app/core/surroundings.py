"""The process as it was: what third-party code sets, for itself or by mistake, is put back. Imports no torch."""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from desktop_app.core.streams import lender_of, streams_lent
from desktop_app.core.torch_settings import defaults_of_torch, has_torch, of_torch

if sys.platform != "win32":
    import resource

Setting = tuple[Callable[[], Any], Callable[[Any], object]]
"""How something is asked for, as a value that can be compared, and set again."""


@contextmanager
def surroundings_restored() -> Iterator[None]:
    """Put back what code may have changed of the process, whatever happens inside.

    Working folder, environment, time zone, import path, locale, streams and hooks of `sys`, recursion limit, warning
    filters, signal handlers (in the main thread), alarms, limits of the process, umask, garbage collection, silenced
    or loud logging, decimals, NumPy's printing and answers to faulty sums, the global random states of Python, NumPy
    and torch, torch's default dtype and device, its threads, its deterministic, anomaly, gradient and autocast modes,
    whether tiny numbers are zero. A torch that was imported inside gets its own defaults.
    What has not changed is not set, so that another thread's work is left alone.

    Examples
    --------
    >>> before = os.environ.get("VERILENS_EXAMPLE")
    >>> with surroundings_restored():
    ...     os.environ["VERILENS_EXAMPLE"] = "changed"
    >>> os.environ.get("VERILENS_EXAMPLE") == before
    True
    """
    settings = [*_OF_PYTHON, *(_OF_SIGNALS if threading.current_thread() is threading.main_thread() else ())]
    settings += _OF_NUMPY if "numpy.random" in sys.modules else ()
    knew_torch = has_torch()
    settings += of_torch() if knew_torch else ()
    before = [ask() for ask, _ in settings]
    try:
        with streams_lent():
            yield
    finally:
        for (ask, put), value in zip(settings, before, strict=True):
            if ask() != value:
                put(value)
        if not knew_torch and has_torch():
            for (_, put), value in zip(of_torch(), defaults_of_torch(), strict=False):
                put(value)


def _folder() -> str | None:
    """Return the working folder; None where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return None


def _set_folder(path: str | None) -> None:
    if path is not None:
        os.chdir(path)


def _set_environment(values: dict[str, str]) -> None:
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    os.environ.update(values)


def _set_filters(filters: list[Any]) -> None:
    # The module warnings looks filters up in its own list and in C, and forgets its answers only when told.
    warnings.filters[:] = filters  # type: ignore[index] # typeshed calls the list a sequence
    warnings._filters_mutated()  # type: ignore[attr-defined] # as catch_warnings does


def _mask_of_files() -> int:
    """Return the umask, which can only be asked by setting it: meanwhile new files are nobody else's."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_HOOKS = ("stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook", "dont_write_bytecode")


def _hooks() -> list[Any]:
    return [warnings.showwarning, threading.excepthook, *(lender_of(getattr(sys, name)) for name in _HOOKS)]


def _set_hooks(values: list[Any]) -> None:
    warnings.showwarning, threading.excepthook, *rest = values
    for name, value in zip(_HOOKS, rest, strict=True):
        setattr(sys, name, value)


_ALARMS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")
_TIMERS = tuple(getattr(signal, name) for name in _ALARMS if hasattr(signal, name))


def _armed() -> list[bool]:
    """Return which alarms are set; how much is left of one changes by itself."""
    return [signal.getitimer(timer)[0] > 0.0 for timer in _TIMERS]


def _disarm(were_set: list[bool]) -> None:
    for timer, was_set in zip(_TIMERS, were_set, strict=True):
        if not was_set:
            signal.setitimer(timer, 0.0)


_LIMITS = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_STACK")


def _limits() -> dict[int, tuple[int, int]]:
    """Return the process's limits, empty where the system has none."""
    if sys.platform == "win32":
        return {}
    numbers = [getattr(resource, name) for name in _LIMITS if hasattr(resource, name)]
    return {number: resource.getrlimit(number) for number in numbers}


def _set_limits(limits: dict[int, tuple[int, int]]) -> None:
    if sys.platform != "win32":
        for number, (soft, _) in limits.items():
            hard = resource.getrlimit(number)[1]  # one that was lowered stays so: nobody may raise it again
            is_within = hard == resource.RLIM_INFINITY or (soft != resource.RLIM_INFINITY and soft <= hard)
            resource.setrlimit(number, (soft if is_within else hard, hard))


def _zone() -> tuple[Any, ...]:
    return time.tzname, time.timezone, time.altzone, time.daylight


def _set_zone(_zone: tuple[Any, ...]) -> None:
    time.tzset()  # as the environment says, which was put back before


def _decimals() -> Any:
    """Return what sums of decimals follow, as what can be compared; None where nobody has asked for decimals."""
    if "decimal" not in sys.modules:
        return None
    import decimal

    context = decimal.getcontext()
    return context.__reduce__()


def _set_decimals(kept: Any) -> None:
    import decimal

    make, words = kept or (decimal.DefaultContext.copy, ())
    decimal.setcontext(make(*words))


def _set_root_logger(kept: tuple[int, list[logging.Handler]]) -> None:
    """Undo what ``logging.basicConfig`` of others does: all that is logged would stand beside our one line."""
    level, logging.root.handlers[:] = kept
    logging.root.setLevel(level)


_OF_PYTHON: tuple[Setting, ...] = (
    (_folder, _set_folder),
    (lambda: dict(os.environ), _set_environment),
    (lambda: list(sys.path), lambda paths: sys.path.__setitem__(slice(None), paths)),
    (lambda: locale.setlocale(locale.LC_ALL), lambda name: locale.setlocale(locale.LC_ALL, name)),
    (_hooks, _set_hooks),
    *([(_zone, _set_zone)] if hasattr(time, "tzset") else ()),
    (_armed, _disarm),
    (_limits, _set_limits),
    (_decimals, _set_decimals),
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (lambda: list(warnings.filters), _set_filters),
    (random.getstate, random.setstate),
    (_mask_of_files, os.umask),
    (gc.isenabled, lambda is_on: gc.enable() if is_on else gc.disable()),
    (gc.get_threshold, lambda counts: gc.set_threshold(*counts)),
    (lambda: logging.root.manager.disable, logging.disable),
    (lambda: (logging.root.level, list(logging.root.handlers)), _set_root_logger),
)


def _handlers() -> dict[int, Any]:
    """Return the handlers that Python knows; one that another language has set is None, and cannot be put back."""
    return {number: signal.getsignal(number) for number in _SIGNALS}


def _set_handlers(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)  # Windows has few
)
_OF_SIGNALS: tuple[Setting, ...] = ((_handlers, _set_handlers),)


def _numpy_state() -> tuple[Any, ...]:
    import numpy as np

    name, keys, *rest = np.random.get_state()
    return name, np.asarray(keys).tobytes(), *rest


def _set_numpy_state(state: tuple[Any, ...]) -> None:
    import numpy as np

    name, keys, *rest = state
    np.random.set_state((name, np.frombuffer(keys, np.uint32), *rest))


def _numpy_errors() -> dict[str, Any]:
    import numpy as np

    return dict(np.geterr())


def _set_numpy_errors(answers: dict[str, Any]) -> None:
    import numpy as np

    np.seterr(**answers)


def _numpy_printing() -> dict[str, Any]:
    import numpy as np

    return dict(np.get_printoptions())


def _set_numpy_printing(options: dict[str, Any]) -> None:
    import numpy as np

    np.set_printoptions(**options)


_OF_NUMPY: tuple[Setting, ...] = (
    (_numpy_state, _set_numpy_state), (_numpy_errors, _set_numpy_errors), (_numpy_printing, _set_numpy_printing),
)
