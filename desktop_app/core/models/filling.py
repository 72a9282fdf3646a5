"""Building a network that is about to be filled, and checking its file beside that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

_GLANCE = 0.05  # seconds between two looks at whether a wait was cancelled
_DRAWS = {
    getattr(torch.Tensor, name) for name in ("uniform_", "normal_", "exponential_", "cauchy_", "log_normal_")
} | {getattr(nn.init, name) for name in (
    "uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
)}  # fmt: skip


class _Undrawn(TorchFunctionMode):
    """Leaves weights as they lie in memory where they would be drawn at random."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        target = args[0] if args else kwargs.get("tensor")
        if func in _DRAWS and isinstance(target, nn.Parameter):
            return target
        return func(*args, **kwargs)


@contextmanager
def to_be_filled() -> Iterator[None]:
    """Build networks whose first weights are not drawn: all of them are replaced by those of a file.

    Whatever is drawn all the same leaves torch's own stream of random numbers as it was. To be used only where the
    state dict is loaded strictly, so that a weight that the file lacks is an error.
    """
    with torch.random.fork_rng(devices=[]), _Undrawn():
        yield


@contextmanager
def meanwhile(work: Callable[[Callable[[], None]], None], check: Callable[[], None]) -> Iterator[None]:
    """Do a piece of work in a thread beside the body, and wait for it at the end; its error goes before the body's.

    Parameters
    ----------
    work : callable
        Gets what it is to call now and then, which stops it where nobody waits for it any more.
    check : callable
        Called before the body and while waiting; what it raises ends the wait.
    """
    failures: list[BaseException] = []
    is_over, is_dropped = threading.Event(), threading.Event()

    def stop() -> None:
        if is_dropped.is_set():
            raise _Dropped

    def run() -> None:
        try:
            work(stop)
        except _Dropped:
            pass
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            failures.append(error)
        finally:
            is_over.set()

    check()
    thread = threading.Thread(target=run, name="file check", daemon=True)
    thread.start()
    try:
        yield
    except Exception:
        thread.join()  # a file that was changed is the cause of whatever else is wrong with it
        if failures:
            raise failures[0] from None
        raise
    else:
        while not is_over.wait(_GLANCE):
            check()
        if failures:
            raise failures[0]
    finally:
        is_dropped.set()
        thread.join()


class _Dropped(Exception):
    """Nobody waits for the answer any more."""
