"""Defocus blur, as the tool list and the form see it."""

from __future__ import annotations

from math import ceil

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class DefocusBlurParams(SeverityParams, severities={"radius": (3.0, 4.0, 6.0, 8.0, 10.0)}):
    """Parameters of defocus blur."""

    radius: float = param(4.0, title="Radius", unit="px", ge=0, le=100, soft=(0, 20), step=0.5, help=(
        "Of the disc that a point becomes; more is further out of focus."
    ))


def reach(params: DefocusBlurParams) -> int:
    """Return how far a pixel looks, in pixels."""
    return ceil(params.radius + 0.5)


verilens_tools = provides(__name__, Tool(
    id="degrade.defocus_blur", title="Defocus blur", kind="degradation", version="1.0", params=DefocusBlurParams,
    reach=reach, differentiable=True, memory=6.0,
    summary="Turns each point into a disc, as a lens does that is out of focus.",
    sources=(IMAGENET_C,),
))
