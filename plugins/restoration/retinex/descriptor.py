"""Multi-scale retinex, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import LOWLIGHT


class RetinexParams(Params):
    """Parameters of multi-scale retinex."""

    colour: Literal["preserved", "restored"] = param("preserved", title="Colours", help=(
        "Preserved: works on the intensity and keeps each pixel's hue. Restored: works on each colour, which also "
        "removes a colour cast and makes the photo greyer."
    ))
    scale: float | None = param(
        None, title="Largest surround", unit="px", ge=2, le=10000, soft=(50, 1000), log=True,
        help="Standard deviation of the largest neighbourhood that a pixel is compared with; more keeps the photo's "
        "light and shade, less brings out detail. Half the photo's shorter side when not given.",
    )
    clip: float = param(1.0, title="Clipped tones", unit="%", ge=0, le=20, soft=(0, 5), step=0.1, help=(
        "Share of the pixels, at each end of the scale, that may turn black or white; more is more contrasted."
    ))
    strength: float = param(0.7, title="Strength", ge=0, le=1, step=0.05, help=(
        "How far the photo is moved towards its retinex; more opens the shadows further and shows more noise."
    ))


verilens_tools = provides(__name__, Tool(
    id="lowlight.retinex", title="Brighten: retinex", kind="restoration", version="1.0", params=RetinexParams,
    encoding="srgb", memory=5.0,
    keywords=LOWLIGHT,
    summary="Compares each place with its surroundings, near and far, as eyes do, and evens out the light.",
    sources=(
        "Jobson, Rahman, Woodell 1997, A multiscale retinex for bridging the gap between color images and the "
        "human observation of scenes, doi:10.1109/83.597272",
        "Petro, Sbert, Morel 2014, Multiscale retinex, doi:10.5201/ipol.2014.107",
    ),
))
