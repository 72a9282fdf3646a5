"""Auto-PGD, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import AttackParams, Tool, param, provides


class ApgdParams(AttackParams):
    """Parameters of auto-PGD, beside those of every attack."""

    steps: int = param(100, title="Steps", unit="steps", ge=1, le=1000, soft=(10, 100), help=(
        "How often the photo is moved along the gradient; more find a better attack and take longer."
    ))
    loss: Literal["ce", "dlr"] = param("ce", title="Loss", help=(
        "Cross-entropy, or the difference of logits, which a model that is very sure cannot hide. Towards a target "
        "class, and for models of fewer than three classes, cross-entropy is used."
    ))
    restarts: int = param(1, title="Restarts", ge=1, le=100, soft=(1, 20), advanced=True, help=(
        "How many times to begin anew, each time at another random point; the best attempt is kept."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.apgd", title="Auto-PGD", kind="attack", version="1.0", params=ApgdParams,
    subjects=("classifier",), stochastic=True, memory=16.0,
    keywords=("fool", "adversarial", "strong", "autoattack"),
    summary="Climbs a loss by steps whose size it finds by itself: strong without tuning.",
    sources=(
        "Croce, Hein 2020, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free "
        "attacks, arXiv:2003.01690",
    ),
))
