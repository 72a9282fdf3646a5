"""Feature attack, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from desktop_app.api import BallParams, InputSpec, Threat, Tool, param, provides


class FeatureParams(BallParams):
    """Where in the network, how far in pixels and to the eye, and how long."""

    norm: Literal["linf", "l2"] = param("linf", title="Norm", help=(
        "How the change is measured: the largest change of any value, or the root of the sum of squares."
    ))
    perceptual: float | None = param(None, title="Looks alike within", unit="1 − SSIM", ge=0, le=2, soft=(0, 0.2),
        step=0.005, none="no further bound",
        help="How unlike the photo may come to look, beside ε; more is more visible.",
    )  # fmt: skip
    layer: str = param("", title="Layer", advanced=True, help=(
        "Name of the network's module whose output is meant; what its last layer sees when empty."
    ))
    steps: int = param(40, title="Steps", unit="steps", ge=1, le=1000, soft=(5, 100), help=(
        "How often the photo is moved along the gradient; more find a larger change and take longer."
    ))
    restarts: int = param(1, title="Restarts", ge=1, le=100, soft=(1, 10), advanced=True, help=(
        "How many times to begin anew, each time at another random point; the best attempt is kept."
    ))

    def threat(self) -> Sequence[Threat]:
        """Return the ball, and where it is wanted how unlike the photo may look."""
        if self.perceptual is None:
            return super().threat()
        return (*super().threat(), Threat("perceptual", {"most": self.perceptual}))


verilens_tools = provides(__name__, Tool(
    id="attack.feature", title="Largest change of features", kind="attack", version="1.0", params=FeatureParams,
    subjects=("classifier",), stochastic=True, memory=14.0,
    inputs=(InputSpec("guide", "image", "A photo whose features are to be reached, instead of leaving the own ones."),),
    keywords=("fool", "adversarial", "representation", "embedding", "perceptual"),
    summary="Changes what a network's inner layers see as much as it can, while the photo hardly changes.",
    sources=(
        "Sabour, Cao, Faghri, Fleet 2016, Adversarial manipulation of deep representations, arXiv:1511.05122",
        "Laidlaw, Singla, Feizi 2021, Perceptual adversarial robustness, arXiv:2006.12655",
    ),
))
