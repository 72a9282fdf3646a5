"""JPEG compression, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class JpegParams(SeverityParams, severities={"quality": (25, 18, 15, 10, 7)}):
    """Parameters of JPEG compression."""

    quality: int = param(30, title="Quality", ge=1, le=100, help=(
        "As in the dialogue that saves a JPEG; more is closer to the photo, less shows blocks."
    ))
    subsampling: Literal["4:2:0", "4:2:2", "4:4:4"] = param("4:2:0", title="Colour resolution", advanced=True, help=(
        "How finely colour is kept: halved both ways, halved across, or in full."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.jpeg", title="JPEG compression", kind="degradation", version="1.0", params=JpegParams, reach=16,
    align=16, memory=10.0,
    summary="Shows the photo as a JPEG file of low quality would: blocks, and ringing along edges.",
    sources=(
        "ITU-T T.81 1992, Digital compression and coding of continuous-tone still images (JPEG), annex K",
        IMAGENET_C,
    ),
))
