"""Alternating runs, medians and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of a table: what was measured, ours and the reference's median, and what was to be reached.

    ``ours`` and ``reference`` are in ``unit``; ``ratio`` is ours over the reference's.
    """

    work: str
    ours: float
    reference: float | None
    against: str
    goal: str
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the reference's; None without one, and for decibels, which have no ratio."""
        return self.ours / self.reference if self.reference and self.unit != "dB" else None


def alternate(
    runs: Mapping[str, Callable[[], object]], count: int = 5, warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:  # fmt: skip
    """Call each in turn, `count` times after the warm-up, and return the seconds of every counted call by a clock.

    Every other turn goes backwards, so that a machine that slows down or recovers meanwhile favours none.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(count + warm_up):
        for name, call in list(runs.items())[:: -1 if turn % 2 else 1]:
            started = clock()
            call()
            if turn >= warm_up:
                seconds[name].append(clock() - started)
    return seconds


def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the median of each."""
    return {name: statistics.median(times) for name, times in seconds.items()}


def figure(value: float | None, unit: str = "") -> str:
    """Return a number in three digits, decibels to the hundredth."""
    if value is None:
        return "–"
    return f"{value:.2f}" if unit == "dB" else f"{value:.3g}"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| work | ours | against | theirs | ratio | to reach | note |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {row.work} | {figure(row.ours, row.unit)} {row.unit} | {row.against} | {figure(row.reference, row.unit)} "
        f"| {figure(row.ratio)} | {row.goal} | {row.note} |"
        for row in rows
    ]
    return "\n".join(lines)
