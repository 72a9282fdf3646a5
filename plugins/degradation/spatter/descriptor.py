"""Spatter, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {
    "kind": ("water", "water", "water", "mud", "mud"), "mean": (0.65, 0.65, 0.65, 0.65, 0.67),
    "spread": (0.3, 0.3, 0.3, 0.3, 0.4), "size": (4.0, 3.0, 2.0, 1.0, 1.0),
    "threshold": (0.69, 0.68, 0.68, 0.65, 0.65), "strength": (60.0, 60.0, 50.0, 100.0, 100.0),
}


class SpatterParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of spatter."""

    kind: Literal["water", "mud"] = param("water", title="Kind", help=(
        "Water: drops that catch the light; mud: brown spots that hide the photo."
    ))
    mean: float = param(0.65, title="Amount", ge=0, le=1, soft=(0.5, 0.8), step=0.01, help=(
        "Mean of the noise that drops are cut out of; more is more spatter."
    ))
    threshold: float = param(0.69, title="Threshold", ge=0, le=1, soft=(0.5, 0.8), step=0.01, help=(
        "Where that noise begins to be a drop; more leaves fewer."
    ))
    spread: float = param(0.3, title="Spread", ge=0, le=1, step=0.05, advanced=True, help=(
        "Standard deviation of that noise; more is less even."
    ))
    size: float = param(4.0, title="Drop size", unit="px", ge=0.5, le=50, soft=(1, 10), step=0.5, help=(
        "How far the noise is smoothed; more is larger drops."
    ))
    strength: float = param(60.0, title="Strength", unit="%", ge=0, le=100, step=5, help=(
        "Light of the water, or how much the mud hides; more is stronger."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.spatter", title="Spatter", kind="degradation", version="2.0", params=SpatterParams, stochastic=True,
    memory=10.0,
    summary="Throws drops of water or spots of mud on the lens.",
    sources=(IMAGENET_C,),
))
