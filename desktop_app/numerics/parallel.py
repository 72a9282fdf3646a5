"""Independent pieces of work side by side, each on one thread from beginning to end.

torch shares every single operation among its threads, which wait for each other at its end. For thousands of short
operations that is slow, and many times slower wherever anything else runs on the machine; pieces that go their own way
wait for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import torch

__all__ = ["R", "T", "in_parallel", "on_one_thread"]

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(work: Callable[[T], R], items: Sequence[T], device: torch.device) -> Iterator[R]:
    """Yield ``work(item)`` for every item, in order, several at a time on a CPU.

    As many threads as torch has been given here take one item after the other; all of them have ended when the last
    result is out. On another device the items come one by one, since it is busy with one already.

    Parameters
    ----------
    work : callable
        Must not write where another item's work reads or writes. What it raises is raised here.
    items : sequence
        What there is to do.
    device : torch.device
        Where the work is done.

    Examples
    --------
    >>> list(in_parallel(lambda n: n * n, [1, 2, 3], torch.device("cpu")))
    [1, 4, 9]
    """
    threads = torch.get_num_threads()
    count = min(threads, len(items)) if device.type == "cpu" else 1
    if count <= 1:
        yield from map(work, items)
        return
    alone = partial(_with_gradients, work, torch.is_grad_enabled())
    try:
        with ThreadPoolExecutor(count, "verilens-parallel", partial(torch.set_num_threads, 1)) as pool:
            yield from pool.map(alone, items)
    finally:
        torch.set_num_threads(threads)  # a new thread starts out with the number that was set last, wherever it was


def on_one_thread(work: Callable[[], R], device: torch.device) -> R:
    """Return ``work()``, done on one thread where the device is a CPU: for many short operations in a row.

    Examples
    --------
    >>> on_one_thread(torch.get_num_threads, torch.device("cpu"))
    1
    """
    threads = torch.get_num_threads()
    if device.type != "cpu" or threads == 1:
        return work()
    alone = partial(_with_gradients, lambda _: work(), torch.is_grad_enabled())
    try:
        with ThreadPoolExecutor(1, "verilens-alone", partial(torch.set_num_threads, 1)) as pool:
            return pool.submit(alone, None).result()
    finally:
        torch.set_num_threads(threads)


def _with_gradients(work: Callable[[T], R], is_enabled: bool, item: T) -> R:
    """Work as the calling thread would: whether gradients are recorded is a thread's own setting."""
    with torch.set_grad_enabled(is_enabled):
        return work(item)
