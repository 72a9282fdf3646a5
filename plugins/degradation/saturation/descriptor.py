"""Saturation, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {"factor": (0.3, 0.1, 2.0, 5.0, 20.0), "shift": (0.0, 0.0, 0.0, 10.0, 20.0)}


class SaturationParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of saturation."""

    factor: float = param(2.0, title="Factor", ge=0, le=50, soft=(0, 5), step=0.1, help=(
        "What the saturation is multiplied by; more is more colourful, 0 is grey."
    ))
    shift: float = param(0.0, title="Shift", unit="%", ge=-100, le=100, step=1, help=(
        "What is added to the saturation then; more tints even what was grey."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.saturation", title="Saturation", kind="degradation", version="1.0", params=SaturationParams, reach=0,
    memory=7.0,
    keywords=("vibrance", "colourful", "colorful", "black and white", "monochrome", "gray", "grey", "bunter",
              "Sättigung", "schwarzweiß", "schwarz-weiß", "grau", "couleurs", "noir et blanc", "gris"),
    summary="Makes colours paler or louder and keeps hue and value.",
    sources=(IMAGENET_C,),
))
