"""Brightness, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class BrightnessParams(SeverityParams, severities={"shift": (25.5, 51.0, 76.5, 102.0, 127.5)}):
    """Parameters of brightness."""

    shift: float = param(51.0, title="Shift", unit="levels", ge=-255, le=255, step=1, help=(
        "What is added to each pixel's value (its largest channel); more is brighter, less than 0 darker."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.brightness", title="Brightness", kind="degradation", version="1.0", params=BrightnessParams, reach=0,
    memory=5.0,
    keywords=("brighter", "darker", "darken", "heller", "dunkler", "abdunkeln", "plus clair", "plus sombre",
              "assombrir"),
    summary="Makes the photo brighter or darker and keeps hue and saturation.",
    sources=(IMAGENET_C,),
))
