"""Frosted glass, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {"spread": (0.7, 0.9, 1.0, 1.1, 1.5), "distance": (1, 2, 2, 3, 4), "passes": (2, 1, 3, 2, 2)}


class GlassBlurParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of frosted glass."""

    spread: float = param(1.0, title="Spread", unit="px", ge=0, le=20, soft=(0, 5), step=0.1, help=(
        "Standard deviation of the blur before and after; more is softer."
    ))
    distance: int = param(2, title="Distance", unit="px", ge=1, le=32, help=(
        "How far a pixel may be carried at a time; more is coarser glass."
    ))
    passes: int = param(2, title="Passes", unit="steps", ge=0, le=16, help=(
        "How often every pixel is moved; more mixes more."
    ))
    exchange: Literal["copy", "swap"] = param("copy", title="Exchange", advanced=True, help=(
        "Copy: a neighbour is laid over each pixel, as the benchmark's published code does; swap: the two change "
        "places, as its text says, so that no pixel is lost."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.glass_blur", title="Frosted glass", kind="degradation", version="2.0", params=GlassBlurParams,
    stochastic=True, memory=8.0,
    summary="Mixes pixels with their neighbours, as frosted glass does.",
    sources=(IMAGENET_C,),
))
