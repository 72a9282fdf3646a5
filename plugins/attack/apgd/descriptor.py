"""Auto-PGD, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.attack.common.params import BEHIND, ClimbParams


class ApgdParams(ClimbParams):
    """Parameters of auto-PGD, beside those of every attack that climbs."""

    norm: Literal["linf", "l2"] = param("linf", title="Norm", help=(
        "How the change is measured: the largest change of any value, or the root of the sum of squares."
    ))
    steps: int = param(100, title="Steps", unit="steps", ge=1, le=1000, soft=(10, 100), help=(
        "How often the photo is moved along the gradient; more find a better attack and take longer."
    ))
    loss: Literal["ce", "dlr", "dlr_targeted"] = param("ce", title="Loss", help=(
        "Cross-entropy, or the difference of logits, which a model that is very sure cannot hide; or that towards each "
        "of the likeliest other classes in turn. Towards a target class cross-entropy is used."
    ))
    targets: int = param(9, title="Classes in turn", ge=1, le=999, soft=(1, 9), advanced=True,
        when={"loss": ["dlr_targeted"]}, help="Towards how many other classes to try; more find more and take longer.",
    )  # fmt: skip



verilens_tools = provides(__name__, Tool(
    id="attack.apgd", title="Auto-PGD", kind="attack", version="1.1", params=ApgdParams,
    subjects=BEHIND, stochastic=True, memory=16.0,
    keywords=("fool", "adversarial", "strong", "autoattack"),
    summary="Climbs a loss by steps whose size it finds by itself: strong without tuning.",
    sources=(
        "Croce, Hein 2020, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free "
        "attacks, arXiv:2003.01690",
    ),
))
