"""Long work on a photo, cut into horizontal strips: little memory, and a place to stop between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Strip", "row_strips", "rows_of"]


@dataclass(frozen=True)
class Strip:
    """Some rows of a photo, with those around them that they depend on."""

    rows: range
    """The rows that this strip gives."""
    read: slice
    """The rows that it looks at."""

    @property
    def place(self) -> slice:
        """Where its rows lie in the photo."""
        return slice(self.rows.start, self.rows.stop)

    @property
    def core(self) -> slice:
        """Where its rows lie in what it looks at."""
        return slice(self.rows.start - self.read.start, self.rows.stop - self.read.start)


def row_strips(height: int, count: int, reach: int = 0) -> Iterator[Strip]:
    """Yield strips of `count` rows that cover a photo, each looking `reach` rows up and down.

    Examples
    --------
    >>> [(strip.place, strip.read) for strip in row_strips(5, 3, 1)]
    [(slice(0, 3, None), slice(0, 4, None)), (slice(3, 5, None), slice(2, 5, None))]
    """
    for top in range(0, height, count):
        bottom = min(top + count, height)
        yield Strip(range(top, bottom), slice(max(top - reach, 0), min(bottom + reach, height)))


def rows_of(pixels: int, width: int, reach: int = 0) -> int:
    """Return how many rows make a strip of about `pixels`; at least four reaches, so that overlaps stay few."""
    return max(pixels // max(width, 1), 4 * reach, 1)
