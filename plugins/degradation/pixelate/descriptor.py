"""Large square pixels, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class PixelateParams(SeverityParams, severities={"size": (1 / 0.6, 2.0, 2.5, 1 / 0.3, 4.0)}):
    """Parameters of large pixels."""

    size: float = param(4.0, title="Pixel size", unit="px", ge=1, le=1024, soft=(1, 32), step=0.5, help=(
        "Side of the new pixels; more is coarser."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.pixelate", title="Large pixels", kind="degradation", version="1.0", params=PixelateParams,
    differentiable=True, memory=4.0,
    summary="Shows the photo in larger square pixels, at the size that it had.",
    sources=(IMAGENET_C,),
))
