"""What the page of the blind comparison says in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.lab.preference import Study


@dataclass(frozen=True)
class PairView:
    """How two pictures fared: ``share`` of the decided votes for the first, and its interval, in [0, 1].

    ``share`` is None where no vote was decided.
    """

    first: str
    second: str
    sentence: str
    share: float | None = None
    low: float = 0.0
    high: float = 1.0


def pair_views(study: Study) -> tuple[PairView, ...]:
    """Return the result of every pair."""
    from desktop_app.core.lab.preference import sentence

    return tuple(
        PairView(
            study.names[result.first], study.names[result.second], sentence(study, result),
            result.share if result.wins + result.losses else None, result.low, result.high,
        )
        for result in study.preferences()
    )  # fmt: skip
