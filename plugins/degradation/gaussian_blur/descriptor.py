"""Gaussian blur, as the tool list and the form see it."""

from __future__ import annotations

from math import ceil

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class GaussianBlurParams(SeverityParams, severities={"spread": (1.0, 2.0, 3.0, 4.0, 6.0)}):
    """Parameters of Gaussian blur."""

    spread: float = param(2.0, title="Spread", unit="px", ge=0, le=50, soft=(0, 10), step=0.25, help=(
        "Standard deviation of the blur; more is softer."
    ))


def reach(params: GaussianBlurParams) -> int:
    """Return how far a pixel looks, in pixels."""
    return ceil(4.0 * params.spread)


verilens_tools = provides(__name__, Tool(
    id="degrade.gaussian_blur", title="Gaussian blur", kind="degradation", version="1.0", params=GaussianBlurParams,
    reach=reach, differentiable=True, memory=4.0,
    keywords=("soften", "soft", "blur", "weichzeichnen", "verwischen", "adoucir", "flouter"),
    summary="Blurs evenly and softly in all directions.",
    sources=(IMAGENET_C,),
))
