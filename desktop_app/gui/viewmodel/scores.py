"""What the report says about a picture beside its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.lab.registry import Scores


@dataclass(frozen=True)
class ScoresView:
    """A heading, names with values, and the conventions behind them; all empty for no reference."""

    title: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    hint: str = ""


def waiting_view(reference: str) -> ScoresView:
    """Return what is shown until the figures are there."""
    return ScoresView(f"Compared with {reference}", (), "Measuring…")


def scores_view(reference: str, scores: Scores) -> ScoresView:
    """Return the figures of a picture against a reference of that name."""
    from desktop_app.core.lab.registry import BY_NAME, conventions

    pairs = tuple((BY_NAME[name].title, BY_NAME[name].text(value)) for name, value in scores.values.items())
    said = [*(conventions([metric]) for metric in scores.measured), *scores.notes]
    return ScoresView(f"Compared with {reference}", pairs, " ".join(f"{sentence}." for sentence in said))


def failed_view(reference: str, sentence: str) -> ScoresView:
    """Return why there are no figures."""
    return ScoresView(f"Compared with {reference}", (), sentence)
