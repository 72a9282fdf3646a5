"""How far a map was held against the truth: what ``docs.make_uncertainty`` measured of a method and its target."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from desktop_app.api.resources import bundled

__all__ = ["standing_of"]


def standing_of(method: str, target: str) -> dict[str, Any]:
    """Return ``standing`` and ``checked`` of a map of uncertainty; nothing where nobody has measured.

    Parameters
    ----------
    method, target : str
        Ids of the tool that gives the map, and of the restoration that it questions.
    """
    table = _table()
    found = table["maps"].get(method, {}).get(target)
    if found is None:
        return {}
    beats = found["rank_correlation"] > found["trivial"]["rank_correlation"]
    said = {} if beats else {"caveat": "it orders places no better than the local standard deviation of the result"}
    return {"standing": "ranks", "checked": {"on": table["on"], **found, **said}}


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bundled("calibration/ranking.json").read_text(encoding="utf-8"))
    return found
