"""Zoom blur, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {"zoom": (11.0, 15.0, 20.0, 24.0, 30.0), "steps": (12, 16, 11, 13, 11)}


class ZoomBlurParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of zoom blur."""

    zoom: float = param(10.0, title="Zoom", unit="%", ge=0, le=100, soft=(0, 40), step=1, help=(
        "How much larger the picture gets during the exposure; more blurs more, most at the corners."
    ))
    steps: int = param(12, title="Steps", unit="steps", ge=2, le=64, advanced=True, help=(
        "How many zoomed pictures are averaged; more is smoother and takes longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.zoom_blur", title="Zoom blur", kind="degradation", version="1.0", params=ZoomBlurParams,
    differentiable=True, memory=6.0,
    summary="Blurs away from the middle, as a lens does that zooms while the shutter is open.",
    sources=(IMAGENET_C,),
))
