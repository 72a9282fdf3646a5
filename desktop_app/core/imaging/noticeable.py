"""What is noticeable in a map's unit: a map of nothing is not to look like something."""

from __future__ import annotations

__all__ = ["NOTHING", "is_nothing", "noticeable"]

NOTHING = "no noticeable effect"
"""What is said of such a map."""


def noticeable(unit: str, count: int) -> float:
    """Return the least value that matters in a map of so many pixels, in its unit; 0 where nobody has said.

    Half an 8-bit level; a hundredth of a nat, of a map that says what each pixel adds the share that makes up one in
    all.
    """
    return {"levels": 0.5, "nats": 0.01, "nats/level": 0.01 / max(count, 1)}.get(unit, 0.0)


def is_nothing(unit: str, count: int, low: float, high: float) -> bool:
    """Return whether nothing is `noticeable` in a map of so many pixels, in its unit, from `low` to `high`."""
    return max(abs(low), abs(high)) < noticeable(unit, count)
