"""What a check against the truth looks like: promised beside held, or a map's order beside two rulers'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CheckPlot", "Mark", "check_plot"]


@dataclass(frozen=True)
class Mark:
    """A place in a plot, both shares in [0, 1], what is said of it under the mouse, and how much it weighs."""

    across: float
    up: float
    said: str
    weight: float = 0.0


@dataclass(frozen=True)
class CheckPlot:
    """Marks beside a diagonal on which both agree, or bars, each with a name and a length in [0, 1].

    Parameters
    ----------
    caption : str
        What is to be read from it.
    across, up : str
        What the axes are; empty of bars.
    marks : tuple of Mark
        From left to right.
    bars : tuple of (str, float)
        From top to bottom.
    """

    caption: str
    across: str = ""
    up: str = ""
    marks: tuple[Mark, ...] = ()
    bars: tuple[tuple[str, float], ...] = ()

    @property
    def words(self) -> str:
        """All of it in words, for who does not see it."""
        said = [mark.said for mark in self.marks] or [f"{name}: {length:.2f}" for name, length in self.bars]
        return f"{self.caption} {'; '.join(said)}"


def check_plot(checked: Mapping[str, Any]) -> CheckPlot | None:
    """Return what to draw of a check, as maps and reports state it; None where there is nothing to compare.

    Examples
    --------
    >>> check_plot({"coverage_elsewhere": {"0.05": 0.96, "0.1": 0.911}}).marks[0].said
    '90 % promised, 91.1 % held'
    >>> check_plot({"n": 3}) is None
    True
    """
    elsewhere, bins = checked.get("coverage_elsewhere"), checked.get("reliability")
    if isinstance(elsewhere, Mapping) and len(elsewhere) > 1:
        held = sorted((1.0 - float(alpha), float(share)) for alpha, share in elsewhere.items())
        return CheckPlot(
            "On the line, intervals hold as much as they promise.", "promised", "held",
            tuple(Mark(promised, share, f"{100 * promised:g} % promised, {100 * share:.1f} % held")
                  for promised, share in held),
        )  # fmt: skip
    if bins:
        photos = sum(count for _, _, count in bins)
        return CheckPlot(
            "On the line, a confidence of 80 % is right 80 % of the time.", "confidence", "right",
            tuple(Mark(sure, right, _bin(sure, right, count), count / photos) for sure, right, count in bins),
        )  # fmt: skip
    return _ranking(checked)


def _bin(sure: float, right: float, count: int) -> str:
    gap = sure - right
    return (f"confidence {100 * sure:.1f} %, right {100 * right:.1f} %: {100 * abs(gap):.1f} % "
            f"{'too sure' if gap > 0 else 'too modest'}; {count} photos")  # fmt: skip


def _ranking(checked: Mapping[str, Any]) -> CheckPlot | None:
    rulers = {"this map": checked, "local deviation": checked.get("trivial"), "best possible": checked.get("oracle")}
    bars = [(name, float(found["rank_correlation"])) for name, found in rulers.items()
            if isinstance(found, Mapping) and "rank_correlation" in found]  # fmt: skip
    if len(bars) < len(rulers):
        return None
    return CheckPlot("How well it orders places by their true error (rank correlation; 1 is perfectly).",
                     bars=tuple((name, min(max(length, 0.0), 1.0)) for name, length in bars))  # fmt: skip
