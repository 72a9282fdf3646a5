"""Parameters that attacks share; no torch, since descriptors import them."""

from __future__ import annotations

from desktop_app.api import BallParams, GoalParams, param
from desktop_app.api.descriptors import Subject

SUBJECTS: tuple[Subject, ...] = ("classifier",)
BEHIND: tuple[Subject, ...] = ("classifier", "classifier+restoration")
"""The latter is the classifier behind the restoration: the host hands both over as one model."""


class ClimbParams(GoalParams, BallParams):
    """Of attacks that climb a loss inside a ball."""

    restarts: int = param(1, title="Restarts", ge=1, le=100, soft=(1, 20), advanced=True, help=(
        "How many times to begin anew, each time at another random point; the best attempt is kept."
    ))
    smallest: bool = param(False, title="Find the smallest", help=(
        "Whether to look for the smallest budget that suffices, up to the given one, by halving; takes longer."
    ))
    draws: int = param(1, title="Draws of chance", ge=1, le=100, soft=(1, 20), advanced=True, help=(
        "How often the model is asked for each step; more than once where a defence answers by chance."
    ))


class NearestParams(GoalParams, BallParams):
    """Of attacks that look for the smallest change by themselves: the budget only says what counts as too large."""

    eps: float = param(
        1000.0, title="Budget ε", unit="levels", ge=0, le=100_000, soft=(0, 2000), step=10,
        help="How far the attack may move the photo, in 8-bit levels; it looks for the smallest change in any case.",
    )
