"""Gamma correction, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import LOWLIGHT


class GammaParams(Params):
    """Parameters of gamma correction."""

    gamma: float | None = param(None, title="Gamma", ge=0.1, le=10, soft=(0.5, 4), step=0.05, log=True, help=(
        "More than 1 brightens, most in the shadows; less darkens. Chosen so that the middle tone becomes middle "
        "grey, as far as 2.2 allows, when not given."
    ))
    keep_colours: bool = param(True, title="Keep colours", help=(
        "Changes the luminance and scales a pixel's colours alike, as far as none is clipped, which keeps them full; "
        "otherwise each colour has its own curve, and dark colours turn paler."
    ))


verilens_tools = provides(__name__, Tool(
    id="lowlight.gamma", title="Brighten: gamma", kind="restoration", version="1.0", params=GammaParams,
    prepare=".algorithm:prepare", reach=0, differentiable=True, encoding="srgb", memory=5.0,
    keywords=LOWLIGHT,
    summary="Brightens shadows by a power curve, leaving black and white where they are.",
    sources=(
        "Poynton 1998, The rehabilitation of gamma, doi:10.1117/12.320126",
        "Gonzalez, Woods 2018, Digital Image Processing, 4th edition, section 3.2 (power-law transformations)",
    ),
))
