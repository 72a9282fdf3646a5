"""Speckle noise, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class SpeckleNoiseParams(SeverityParams, severities={"contrast": (15.0, 20.0, 35.0, 45.0, 60.0)}):
    """Parameters of speckle noise."""

    contrast: float = param(20.0, title="Speckle contrast", unit="%", ge=0, le=200, soft=(0, 80), step=1, help=(
        "Standard deviation of the noise as a share of each pixel's brightness; more is grainier."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.speckle_noise", title="Speckle noise", kind="degradation", version="1.0", params=SpeckleNoiseParams,
    differentiable=True, stochastic=True, memory=4.0,
    summary="Multiplies each pixel by a random factor, as radar, sonar and laser light do.",
    sources=(IMAGENET_C,),
))
