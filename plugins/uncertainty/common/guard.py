"""Before any label: whether the model knows photos like this one at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from desktop_app.api import Classifier, Run
from desktop_app.numerics.seen import Seen
from desktop_app.numerics.shares import QUESTIONED, are_shares
from plugins.uncertainty.common.known import OTHERS, Known, is_others, known_of
from plugins.uncertainty.common.unlike import Familiarity

__all__ = ["SHARE", "familiarity_of", "guarded"]

SHARE = 0.95
"""Of the known photos; one beyond is unlike them."""

_SCORE = "combined"


def guarded(reports: Sequence[Mapping[str, Any]], seen: Seen, model: Classifier, run: Run) -> list[dict[str, Any]]:
    """Return reports on photos that a model has `seen`, each with what is to be said first.

    Where no known photos are at hand nothing can be said, and `is_unlike` is None. One that does not say how its
    figures were checked is unchecked.
    """
    reports = [{"standing": "unchecked", **report} for report in reports]
    if are_shares(seen.logits):
        reports = [{**report, "caveats": [QUESTIONED, *report.get("caveats", ())]} for report in reports]
    known = known_of(model, seen, run)
    if known is None:
        said = {"is_unlike": None}
        if not is_others(model):
            return [{**report, **said} for report in reports]
        return [{**report, **said, "caveats": [*report.get("caveats", ()), OTHERS]} for report in reports]
    familiarity = familiarity_of(known)
    shares = familiarity.as_strange(_SCORE, familiarity.scores(seen)[_SCORE]).tolist()
    return [_guarded(report, share, known) for report, share in zip(reports, shares, strict=True)]


@lru_cache(maxsize=8)
def familiarity_of(known: Known) -> Familiarity:
    """Return what the known photos' own scores are; those of a bundled model are worked out once."""
    return Familiarity(known)


def _guarded(report: Mapping[str, Any], share: float, known: Known) -> dict[str, Any]:
    figures = {"is_unlike": share <= 1.0 - SHARE, "as_strange": share}
    if share > 1.0 - SHARE:
        return {**report, **figures}
    said = (f"This photo is unlike those that the model knows: of {len(known.classes):,} ({known.on}) "
            f"{_percent(share)} are as strange. What it answers may mean nothing")  # fmt: skip
    return {"headline": said, **report, **figures}


def _percent(share: float) -> str:
    return "fewer than 0.1%" if share < 0.001 else f"{share:.1%}"
