"""Spatial attack, as the tool list and the form see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from desktop_app.api import GoalParams, Threat, Tool, param, provides


class SpatialParams(GoalParams):
    """How far the photo may be turned, moved and scaled, and how the worst pose is looked for."""

    SIZES = ("degrees", "pixels", "percent")

    degrees: float = param(15.0, title="Turn", unit="°", ge=0, le=180, soft=(0, 45), step=1, help=(
        "How far the photo may be turned either way; more is more visible."
    ))
    pixels: float = param(3.0, title="Move", unit="px", ge=0, le=1000, soft=(0, 20), step=1, help=(
        "How far it may be moved along each side; more is more visible."
    ))
    percent: float = param(10.0, title="Scale", unit="%", ge=0, le=90, soft=(0, 30), step=1, help=(
        "How much it may grow or shrink; more is more visible."
    ))
    search: Literal["grid", "gradient", "both"] = param("both", title="Search", help=(
        "Poses on a grid, so that the least that suffices is found; along the gradient; or both in turn."
    ))
    queries: int = param(300, title="Poses", ge=1, le=100_000, soft=(50, 1000), log=True, help=(
        "How many poses the grid has at most; more is finer and takes longer."
    ), when={"search": ["grid", "both"]})
    steps: int = param(15, title="Steps", unit="steps", ge=1, le=1000, soft=(5, 100), advanced=True, help=(
        "How often the pose is moved along the gradient; more find a worse pose and take longer."
    ), when={"search": ["gradient", "both"]})
    restarts: int = param(2, title="Restarts", ge=1, le=100, soft=(1, 20), advanced=True, help=(
        "How many times to begin along the gradient, each time at another random pose."
    ), when={"search": ["gradient", "both"]})

    def threat(self) -> Sequence[Threat]:
        """Return the poses that are allowed."""
        return (Threat("transform", {"degrees": self.degrees, "pixels": self.pixels, "percent": self.percent}),)


verilens_tools = provides(__name__, Tool(
    id="attack.spatial", title="Turn, move and scale", kind="attack", version="1.0", params=SpatialParams,
    subjects=("classifier",), stochastic=True, memory=16.0,
    keywords=("fool", "adversarial", "rotate", "rotation", "translation", "shift", "zoom"),
    summary="Looks for a small turn, move or scaling of the photo that changes what the model sees.",
    sources=(
        "Engstrom, Tran, Tsipras, Schmidt, Madry 2019, Exploring the landscape of spatial robustness, arXiv:1712.02779",
    ),
))
