"""Contrast, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class ContrastParams(SeverityParams, severities={"contrast": (40.0, 30.0, 20.0, 10.0, 5.0)}):
    """Parameters of contrast."""

    contrast: float = param(40.0, title="Contrast", unit="%", ge=0, le=400, soft=(0, 200), step=1, help=(
        "How much of the contrast is left; more is livelier, 0 is flat, more than 100 is more than there was."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.contrast", title="Contrast", kind="degradation", version="1.0", params=ContrastParams,
    prepare=".algorithm:prepare", reach=0, memory=5.0,
    keywords=("livelier", "flat", "Kontrast", "contraste"),
    summary="Draws all pixels towards the photo's mean colour, as flat light does.",
    sources=(IMAGENET_C,),
))
