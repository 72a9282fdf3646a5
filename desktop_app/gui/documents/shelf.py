"""Pictures that were shown lately, so that going back takes no reading: as many as a part of the memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

_Picture = TypeVar("_Picture")
Key = tuple[str, str]


class Shelf(Generic[_Picture]):
    """Keeps what is wanted, and beside that what was wanted last.

    Parameters
    ----------
    size_of : callable
        Gets a picture and returns its bytes.
    budget : callable
        Returns how many bytes may be kept beside what is wanted; asked once, when that first matters.
    """

    def __init__(self, size_of: Callable[[_Picture], int], budget: Callable[[], int]) -> None:
        self._size_of, self._ask = size_of, budget
        self._budget: int | None = None
        self._kept: dict[Key, _Picture] = {}  # what was wanted last stands last

    def get(self, key: Key) -> _Picture | None:
        """Return a picture, if it is there."""
        return self._kept.get(key)

    def put(self, key: Key, picture: _Picture) -> None:
        """Take a picture in."""
        self._kept[key] = picture

    def want(self, keys: Iterable[Key], soon: Key | None = None) -> None:
        """Keep these, and within the budget what may be wanted soon, then of all others those that were wanted last."""
        wanted = [key for key in dict.fromkeys(keys) if key in self._kept]
        others = [key for key in self._kept if key not in wanted and key != soon]
        if soon in self._kept and soon not in wanted:
            others.append(soon)
        left = self._most() if others else 0
        kept: list[Key] = []
        for key in reversed(others):
            left -= self._size_of(self._kept[key])
            if left < 0:
                break
            kept.insert(0, key)
        self._kept = {key: self._kept[key] for key in (*kept, *wanted)}

    def has_room(self, size: int) -> bool:
        """Return whether a picture of so many bytes may be kept beside what is wanted."""
        return size <= self._most()

    def _most(self) -> int:
        if self._budget is None:
            self._budget = self._ask()
        return self._budget
