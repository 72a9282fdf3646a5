"""Snow, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {
    "mean": (0.1, 0.2, 0.55, 0.55, 0.55), "flake_size": (3.0, 2.0, 4.0, 4.5, 2.5),
    "threshold": (0.5, 0.5, 0.9, 0.85, 0.85), "length": (21.0, 25.0, 25.0, 25.0, 25.0),
    "fade": (4.0, 4.0, 8.0, 8.0, 12.0), "whitening": (20.0, 30.0, 30.0, 35.0, 45.0),
}


class SnowParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of snow."""

    mean: float = param(0.2, title="Amount", ge=-1, le=1, soft=(0, 0.6), step=0.05, help=(
        "Mean of the noise that flakes are cut out of; more is more snow."
    ))
    threshold: float = param(0.5, title="Threshold", ge=0, le=1, step=0.05, advanced=True, help=(
        "Where that noise begins to be a flake; more leaves fewer and brighter ones."
    ))
    flake_size: float = param(2.0, title="Flake size", unit="px", ge=1, le=64, soft=(1, 10), step=0.5, help=(
        "Of single flakes; more is larger."
    ))
    length: float = param(25.0, title="Trail", unit="px", ge=1, le=200, soft=(1, 60), step=1, help=(
        "How far a flake falls during the exposure; more is longer streaks."
    ))
    fade: float = param(4.0, title="Fade", unit="px", ge=0.1, le=100, soft=(1, 20), step=1, advanced=True, help=(
        "Spread of the trail, which fades away; more is longer streaks."
    ))
    whitening: float = param(30.0, title="Whitening", unit="%", ge=0, le=100, step=5, help=(
        "How much of the scene itself turns pale and white; more is a harder winter."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.snow", title="Snow", kind="degradation", version="1.0", params=SnowParams, stochastic=True, memory=8.0,
    summary="Lets it snow: falling flakes, and a paler scene behind them.",
    sources=(IMAGENET_C,),
))
