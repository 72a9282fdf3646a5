"""Why a map may be believed: what it says, how it was held against the truth, on what, and with which figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_app.gui.viewmodel.check_plot import CheckPlot, check_plot
from desktop_app.gui.viewmodel.parameters import is_number, plain, words
from desktop_app.gui.viewmodel.texts import capital

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import StepRecord
    from desktop_app.core.plugins.entries import ToolEntry
    from desktop_app.gui.viewmodel.maps import MapLike

BADGES = {"calibrated": "calibrated", "ranks": "ranks", "unchecked": "unchecked"}
_STANDINGS = {
    "calibrated": "Its values hold what they promise: that was set on photos whose truth is known, and checked.",
    "ranks": "It tells where the error is larger and where it is smaller. Its values are not the error's size.",
    "unchecked": "Nobody has held it against a known truth yet. Take it as a hint, not as a measure.",
}
_EXACT = frozenset({"perturbation", "difference"})
"""Kinds of map that are computed from the pictures themselves: there is nothing to check."""

_DRAWN = frozenset({"coverage_elsewhere", "reliability", "trivial", "oracle"})
_TITLES = {
    "on": "Checked on", "n": "Photos", "alpha": "May be missed, α", "delta": "May fail, δ", "sigma": "Noise, σ",
    "ause": "AUSE (0 is best)", "rank_correlation": "Rank correlation", "spearman": "Rank correlation",
    "mean_size_elsewhere": "Classes in a set", "ruler": "Trivial ruler's", "oracle": "Oracle's", "auroc": "AUROC",
    "ece": "Calibration error, ECE", "told_apart": "Right told from wrong, AUROC",
}  # fmt: skip


@dataclass(frozen=True)
class MapCard:
    """What "Why this map?" says."""

    title: str
    badge: str
    sentences: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    caveats: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    plot: CheckPlot | None = None


def badge_of(layer: MapLike) -> str:
    """Return the badge beside a map's name; empty of one that is exact."""
    return "" if layer.kind in _EXACT else BADGES.get(layer.standing, layer.standing)


def map_card(
    title: str, layer: MapLike, record: StepRecord | None, report: Mapping[str, Any], tool: ToolEntry | None
) -> MapCard:
    """Return what to say of a map.

    Parameters
    ----------
    title : str
        What the list calls it.
    layer : MapLike
        The map.
    record : StepRecord or None
        Of the step that made it.
    report : mapping
        What the step said.
    tool : ToolEntry or None
        Which made it, if it is still there.
    """
    badge = badge_of(layer)
    standing = _STANDINGS.get(layer.standing, "") if badge else (
        "It is computed from the pictures themselves: there is nothing to be checked."
    )
    method = str(report.get("method") or "")
    how = f"Made by {record.title}" + (f" ({method})" if method and method != record.tool else "") if record else ""
    caveats = report.get("caveats") or ()
    return MapCard(
        title, badge, tuple(filter(None, (layer.meaning, standing, how and f"{how}."))), checked_rows(layer.checked),
        tuple(capital(str(each)).rstrip(".") + "." for each in ([caveats] if isinstance(caveats, str) else caveats)),
        tool.sources if tool is not None else (), check_plot(layer.checked),
    )  # fmt: skip


def checked_rows(checked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what a map was checked on, in figures.

    Examples
    --------
    >>> checked_rows({"n": 100, "alpha": 0.1, "coverage_elsewhere": {"0.1": 0.9131, "0.2": 0.81}})
    (('Photos', '100'), ('May be missed, α', '10 %'), ('Held on other photos', '91.3 % (90 % promised)'))
    """
    rows = [
        (_TITLES.get(name, words(name)), _figure(name, value)) for name, value in checked.items()
        if name not in _DRAWN
    ]  # fmt: skip
    elsewhere, alpha = checked.get("coverage_elsewhere") or {}, checked.get("alpha")
    by_alpha = elsewhere if isinstance(elsewhere, Mapping) else {alpha: elsewhere}
    held = [(float(name), float(value)) for name, value in by_alpha.items() if name is not None]
    if held and is_number(alpha):
        near, coverage = min(held, key=lambda pair: abs(pair[0] - float(alpha or 0.0)))
        rows.append(("Held on other photos", f"{100 * coverage:.1f} % ({100 * (1 - near):g} % promised)"))
    return tuple(rows)


def _figure(name: str, value: Any) -> str:
    if name in ("alpha", "delta") and is_number(value):
        return f"{100 * value:g} %"
    return f"{value:.3g} levels" if name == "sigma" and is_number(value) else plain(value)
