"""The fast adaptive boundary attack, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import BallParams, GoalParams, Tool, param, provides
from plugins.attack.common.params import SUBJECTS


class FabParams(GoalParams, BallParams):
    """Parameters of the fast adaptive boundary attack, beside those of every attack."""

    norm: Literal["linf", "l2", "l1"] = param("linf", title="Norm", help=(
        "How the change is measured: the largest of any value, the root of the sum of squares, or the sum of all."
    ))
    steps: int = param(100, title="Steps", unit="steps", ge=1, le=1000, soft=(10, 100), help=(
        "How often the photo is moved to where the classes seem to meet; more find a smaller change and take longer."
    ))
    targets: int = param(9, title="Classes in turn", ge=1, le=999, soft=(1, 9), help=(
        "Towards how many of the likeliest other classes to try; more find a smaller change and take longer."
    ))
    restarts: int = param(1, title="Restarts", ge=1, le=100, soft=(1, 20), advanced=True, help=(
        "How many times to begin; those after the first begin at a random point. The smallest change is kept."
    ))
    within_budget: bool = param(False, title="Stop within the budget", advanced=True, help=(
        "Whether a photo is let go once a change within the budget is found; else the smallest is looked for."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.fab", title="Fast adaptive boundary", kind="attack", version="1.0", params=FabParams,
    subjects=SUBJECTS, stochastic=True, memory=24.0,
    keywords=("fool", "adversarial", "smallest change", "minimal", "autoattack"),
    summary="Walks along the border between two classes to where it comes nearest to the photo: a smallest change.",
    sources=(
        "Croce, Hein 2020, Minimally distorted adversarial examples with a fast adaptive boundary attack, "
        "arXiv:1907.02044",
    ),
))
