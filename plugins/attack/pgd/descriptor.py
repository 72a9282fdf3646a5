"""Projected gradient descent, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.attack.common.params import BEHIND, ClimbParams


class PgdParams(ClimbParams):
    """Parameters of projected gradient descent, beside those of every attack that climbs."""

    norm: Literal["linf", "l2", "l1"] = param("linf", title="Norm", help=(
        "How the change is measured: the largest of any value, the root of the sum of squares, or the sum of all."
    ))
    steps: int = param(40, title="Steps", unit="steps", ge=1, le=1000, soft=(1, 100), help=(
        "How often the photo is moved along the gradient; more find a better attack and take longer."
    ))
    step_size: float | None = param(
        None, title="Step size", unit="levels", ge=0, le=100_000, soft=(0, 16), step=0.25, advanced=True,
        help="How far one step goes, in 8-bit levels; larger searches more coarsely. 2.5·ε/steps when not given.",
    )
    random_start: bool = param(True, title="Random start", advanced=True, help=(
        "Whether the first attempt too begins at a random point of the budget, rather than at the photo itself."
    ))
    stop_early: bool = param(True, title="Stop at success", advanced=True, help=(
        "Whether a photo that is fooled, rounded to 8 bits too, is let go; else all are taken and the last one counts."
    ))

    @property
    def asks_exactly(self) -> bool:
        """Who wants all steps compares: along the signs of slopes a rounding grows to another end of the way."""
        return not self.stop_early


verilens_tools = provides(__name__, Tool(
    id="attack.pgd", title="Projected gradient descent", kind="attack", version="1.1", params=PgdParams,
    subjects=BEHIND, stochastic=True, memory=12.0,
    keywords=("fool", "trick", "mislead", "adversarial", "attack", "hide from AI"), recommended_for="Fool a classifier",
    summary="Changes a photo a little, within a budget, so that a classifier sees something else in it.",
    sources=(
        "Madry et al. 2018, Towards deep learning models resistant to adversarial attacks, arXiv:1706.06083",
        "Carlini et al. 2019, On evaluating adversarial robustness, arXiv:1902.06705",
    ),
))
