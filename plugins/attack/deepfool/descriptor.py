"""DeepFool, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.attack.common.params import SUBJECTS, NearestParams


class DeepfoolParams(NearestParams):
    """Parameters of DeepFool, beside those of every attack."""

    norm: Literal["l2", "linf"] = param("l2", title="Norm", help=(
        "How the change is measured: the root of the sum of squares, or the largest of any value."
    ))
    steps: int = param(50, title="Steps", unit="steps", ge=1, le=1000, soft=(5, 100), help=(
        "How often the photo is moved to the nearest border, at most; most photos need fewer than ten."
    ))
    candidates: int = param(10, title="Classes", ge=2, le=1000, soft=(2, 10), advanced=True, help=(
        "The border to how many of the likeliest classes is looked at; more may find a nearer one and take longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="attack.deepfool", title="DeepFool", kind="attack", version="1.0", params=DeepfoolParams,
    subjects=SUBJECTS, memory=24.0, keywords=("fool", "adversarial", "smallest change", "minimal", "quick"),
    summary="Goes straight to the nearest border between classes, again and again: a small change, quickly.",
    sources=(
        "Moosavi-Dezfooli, Fawzi, Frossard 2016, DeepFool: a simple and accurate method to fool deep neural networks, "
        "arXiv:1511.04599",
    ),
))
