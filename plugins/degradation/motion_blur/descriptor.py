"""Motion blur, as the tool list and the form see it."""

from __future__ import annotations

from math import ceil
from typing import Any

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "length": (21.0, 31.0, 31.0, 31.0, 41.0), "fade": (3.0, 5.0, 8.0, 12.0, 15.0), "angle": (None,) * 5,
}


class MotionBlurParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of motion blur."""

    length: float = param(15.0, title="Length", unit="px", ge=1, le=200, soft=(1, 60), step=1, help=(
        "How far the picture moved during the exposure; more is more blurred, 1 is sharp."
    ))
    angle: float | None = param(None, title="Angle", unit="°", ge=-180, le=180, step=5, help=(
        "Direction of the motion, counter-clockwise from the right. Drawn between -45 and 45 when not given."
    ))
    fade: float = param(0.0, title="Fade", unit="px", ge=0, le=100, step=1, advanced=True, help=(
        "Spread of a trail that fades away to one side; 0 is an even motion, as of a shaken camera."
    ))


def reach(params: MotionBlurParams) -> int:
    """Return how far a pixel looks, in pixels."""
    return ceil(params.length) + 1


verilens_tools = provides(__name__, Tool(
    id="degrade.motion_blur", title="Motion blur", kind="degradation", version="1.0", params=MotionBlurParams,
    reach=reach, differentiable=True, stochastic=True, memory=6.0,
    summary="Blurs along a line, as a camera does that moves while the shutter is open.",
    sources=(IMAGENET_C,),
))
