"""AutoAttack, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import AttackParams, Tool, param, provides
from plugins.attack.common.params import BEHIND


class AutoParams(AttackParams):
    """Parameters of AutoAttack, beside those of every attack; the defaults are the standard."""

    steps: int = param(100, title="Steps", unit="steps", ge=1, le=1000, soft=(10, 100), help=(
        "How many steps each of the three attacks by gradients takes; fewer are quicker and find less."
    ))
    queries: int = param(5000, title="Queries", ge=1, le=100_000, soft=(100, 5000), log=True, help=(
        "How many coloured squares the attack without gradients tries at the end; fewer are quicker and find less."
    ))
    targets: int = param(9, title="Classes in turn", ge=1, le=999, soft=(1, 9), advanced=True, help=(
        "Towards how many of the likeliest other classes two of the attacks go; fewer are quicker and find less."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.auto", title="AutoAttack", kind="attack", version="1.0", params=AutoParams, subjects=BEHIND,
    stochastic=True, memory=24.0, keywords=("fool", "adversarial", "strong", "worst case", "robust", "autoattack"),
    summary="Tries four different attacks, one after the other, until one fools the model: the measure of robustness.",
    sources=(
        "Croce, Hein 2020, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free "
        "attacks, arXiv:2003.01690",
    ),
))
