"""Bicubic enlargement, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import SUPERRES
from plugins.restoration.common.params import ScaleParams, scale

verilens_tools = provides(__name__, Tool(
    id="superres.bicubic", title="Bicubic", kind="restoration", version="1.0", params=ScaleParams, reach=3, scale=scale,
    differentiable=True, memory=20.0,
    keywords=SUPERRES,
    summary="Enlarges the photo smoothly; the measure that every other method has to beat.",
    sources=(
        "Keys 1981, Cubic convolution interpolation for digital image processing, "
        "doi:10.1109/TASSP.1981.1163711",
    ),
))
