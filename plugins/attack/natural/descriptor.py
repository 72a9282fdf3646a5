"""Natural attack, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from desktop_app.api import GoalParams, Threat, Tool, param, provides

Way = tuple[str, Mapping[str, tuple[float, float]]]

WAYS: Mapping[str, Way] = {
    "fog": ("degrade.fog", {"thickness": (0.0, 3.0)}),
    "blur": ("degrade.gaussian_blur", {"spread": (0.0, 6.0)}),
    "defocus": ("degrade.defocus_blur", {"radius": (0.0, 10.0)}),
    "motion": ("degrade.motion_blur", {"length": (1.0, 20.0)}),
    "noise": ("degrade.gaussian_noise", {"sigma": (0.0, 97.0)}),
    "jpeg": ("degrade.jpeg", {"quality": (100, 5)}),
    "brighter": ("degrade.brightness", {"shift": (0.0, 128.0)}),
    "darker": ("degrade.brightness", {"shift": (0.0, -128.0)}),
    "contrast": ("degrade.contrast", {"contrast": (100.0, 5.0)}),
    "grey": ("degrade.saturation", {"factor": (1.0, 0.0)}),
    "pixelate": ("degrade.pixelate", {"size": (1.0, 4.0)}),
}
"""By name a degradation with its parameters' harmless and worst values: about the worst of ImageNet-C."""


class NaturalParams(GoalParams):
    """Which degradations, and how much of them."""

    SIZES = ("percent",)

    degradation: Literal[
        "any", "fog", "blur", "defocus", "motion", "noise", "jpeg", "brighter", "darker", "contrast", "grey",
        "pixelate",
    ] = param("any", title="Degradation", help="What is done to the photo; any: whichever changes the answer soonest.")
    percent: float = param(100.0, title="Up to", unit="%", ge=0, le=100, step=5, help=(
        "How far towards the worst it may go; more is more visible."
    ))
    steps: int = param(8, title="Steps", ge=1, le=200, soft=(4, 30), help=(
        "How many strengths of each degradation are tried before the least is looked for between two of them."
    ))
    halvings: int = param(5, title="Halvings", ge=0, le=20, soft=(0, 10), advanced=True, help=(
        "How often what lies between a strength that fails and one that suffices is halved; more is more exact."
    ))

    def ways(self) -> tuple[Way, ...]:
        """Return what may be done."""
        return tuple(WAYS.values()) if self.degradation == "any" else (WAYS[self.degradation],)

    def threat(self) -> Sequence[Threat]:
        """Return the degradations, as far as they may go."""
        return (Threat("degradation", {"ways": self.ways(), "percent": self.percent}),)


verilens_tools = provides(__name__, Tool(
    id="attack.natural", title="Least fog, blur or noise", kind="attack", version="1.0", params=NaturalParams,
    subjects=("classifier",), stochastic=True, memory=12.0,
    keywords=("fool", "weather", "corruption", "worst case"),
    summary="Looks for the least fog, blur, noise or other everyday trouble that changes what the model sees.",
    sources=(
        "Hendrycks, Dietterich 2019, Benchmarking neural network robustness to common corruptions, arXiv:1903.12261",
        "Kang, Sun, Hendrycks, Brown, Steinhardt 2019, Testing robustness against unforeseen adversaries, "
        "arXiv:1908.08016",
    ),
))
