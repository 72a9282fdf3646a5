"""Rasters and maps that were read, kept while memory allows; never the same twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class ByteCache(Generic[T]):
    """The most recently used values, up to a number of bytes; at least the last one.

    What somebody else still holds (the canvas its raster) is found again even after it was dropped here, so that
    it is in memory once.

    Parameters
    ----------
    limit : int
        Bytes.
    size : callable
        Returns a value's bytes.
    """

    def __init__(self, limit: int, size: Callable[[T], int]) -> None:
        self._limit = limit
        self._size = size
        self._recent: OrderedDict[Hashable, T] = OrderedDict()
        self._known: WeakValueDictionary[Hashable, T] = WeakValueDictionary()
        self._lock = Lock()

    def get(self, key: Hashable) -> T | None:
        """Return the value under a key and make it the most recent, or None."""
        with self._lock:
            value = self._known.get(key)
            if value is not None:
                self._keep(key, value)
            return value

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value; the least recently used ones go when there are too many bytes."""
        with self._lock:
            self._known[key] = value
            self._keep(key, value)

    def drop(self, is_stale: Callable[[Hashable], bool]) -> None:
        """Forget every value whose key is stale."""
        with self._lock:
            for key in [key for key in self._known if is_stale(key)]:
                self._recent.pop(key, None)
                self._known.pop(key, None)

    @property
    def held(self) -> int:
        """Bytes that are kept here."""
        with self._lock:
            return self._bytes()

    def _bytes(self) -> int:
        return sum(self._size(value) for value in self._recent.values())

    def _keep(self, key: Hashable, value: T) -> None:
        self._recent[key] = value
        self._recent.move_to_end(key)
        while len(self._recent) > 1 and self._bytes() > self._limit:
            self._recent.popitem(last=False)
