"""Patch attack, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Sequence

from desktop_app.api import GoalParams, Threat, Tool, param, provides


class PatchParams(GoalParams):
    """How large the square is, where it lies, and how long it is painted."""

    SIZES = ("percent",)

    percent: float = param(5.0, title="Size", unit="%", ge=0, le=100, soft=(0, 25), step=0.5, help=(
        "Which share of the photo the square covers; more is more visible."
    ))
    top: int | None = param(None, title="Top", unit="px", ge=0, le=1_000_000, advanced=True, none="where it helps most",
        help="The square's first row; where the model looks most when none is given.",
    )  # fmt: skip
    left: int | None = param(None, title="Left", unit="px", ge=0, le=1_000_000, advanced=True,
        none="where it helps most", help="The square's first column; where the model looks most when none is given.",
    )  # fmt: skip
    steps: int = param(60, title="Steps", unit="steps", ge=1, le=2000, soft=(10, 300), help=(
        "How often the square is painted along the gradient; more find a better attack and take longer."
    ))
    restarts: int = param(2, title="Places", ge=1, le=100, soft=(1, 10), help=(
        "How many places to try, the likeliest first; with a given place, how many times to begin anew."
    ))

    def threat(self) -> Sequence[Threat]:
        """Return the square, and its place where both of its sides are given."""
        return (Threat("patch", {"percent": self.percent, "top": self.top, "left": self.left}),)


verilens_tools = provides(__name__, Tool(
    id="attack.patch", title="Painted square", kind="attack", version="1.0", params=PatchParams,
    subjects=("classifier",), stochastic=True, memory=12.0,
    keywords=("fool", "adversarial", "sticker", "patch", "graffiti", "physical"),
    summary="Paints one square of the photo, like a sticker, so that the model sees something else.",
    sources=("Brown, Mané, Roy, Abadi, Gilmer 2017, Adversarial patch, arXiv:1712.09665",),
))
