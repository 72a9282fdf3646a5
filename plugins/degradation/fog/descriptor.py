"""Fog, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {"thickness": (1.5, 2.0, 2.5, 2.5, 3.0), "softness": (2.0, 2.0, 1.7, 1.5, 1.4)}


class FogParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of fog."""

    thickness: float = param(2.0, title="Thickness", ge=0, le=20, soft=(0, 5), step=0.1, help=(
        "Light of the fog over that of the photo; more hides more."
    ))
    softness: float = param(2.0, title="Softness", ge=1.05, le=5, soft=(1.2, 3), step=0.1, help=(
        "How quickly the fog's finer detail fades; more is a smoother fog."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.fog", title="Fog", kind="degradation", version="1.0", params=FogParams, stochastic=True, memory=5.0,
    summary="Lays drifting banks of fog over the photo.",
    sources=(IMAGENET_C,),
))
