"""The attack of Carlini and Wagner, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.attack.common.params import SUBJECTS, NearestParams


class CarliniWagnerParams(NearestParams):
    """Parameters of the attack of Carlini and Wagner, beside those of every attack."""

    norm: Literal["l2"] = param("l2", title="Norm", help="How the change is measured: the root of the sum of squares.")
    steps: int = param(300, title="Steps", unit="steps", ge=1, le=10_000, soft=(50, 1000), help=(
        "How often the photo is moved for each weighing, at most; more find a smaller change and take longer."
    ))
    weighings: int = param(6, title="Weighings", ge=1, le=20, soft=(3, 9), help=(
        "How many weights of fooling against smallness are tried, photo by photo; more find a smaller change."
    ))
    confidence: float = param(0.0, title="Confidence", ge=0, le=100, soft=(0, 20), step=0.5, advanced=True, help=(
        "By how much the logit of the other class is to lead: more changes more, and fools other models more often."
    ))
    step_size: float = param(0.01, title="Step size", ge=0.0001, le=1, soft=(0.001, 0.1), log=True, advanced=True,
        help="How far Adam goes at a time; larger searches more coarsely.",
    )  # fmt: skip


verilens_tools = provides(__name__, Tool(
    id="attack.carlini_wagner", title="Carlini-Wagner", kind="attack", version="1.0", params=CarliniWagnerParams,
    subjects=SUBJECTS, memory=24.0, keywords=("fool", "adversarial", "smallest change", "minimal", "strong"),
    summary="Weighs fooling the model against the size of the change, over and over: a very small one, slowly.",
    sources=("Carlini, Wagner 2017, Towards evaluating the robustness of neural networks, arXiv:1608.04644",),
))
