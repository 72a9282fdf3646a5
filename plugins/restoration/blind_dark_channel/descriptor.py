"""Blind deblurring by the dark channel, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blind_params import LAST_STEP, EdgePriceParams
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.params import WHITE_NOISE_OF


class BlindDarkChannelParams(EdgePriceParams):
    """Parameters of blind deblurring by the dark channel."""

    darkness_price: float = param(
        0.004, title="Price of a light shadow", ge=1e-4, le=0.1, soft=(1e-3, 0.03), log=True, advanced=True,
        help="Up to what light the darkest pixel of a neighbourhood is taken for black; more takes more for black.",
    )
    window: int = param(35, title="Neighbourhood", unit="px", ge=3, le=101, step=2, advanced=True, help=(
        "Side of the square that is expected to hold something dark; a larger one does so more surely, and "
        "tells less."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.blind_dark_channel", title="Blind deblur (dark channel)", kind="restoration", version="1.0",
    params=BlindDarkChannelParams, prepare=WHITE_NOISE_OF, memory=24.0,
    keywords=SHAKE,
    summary="Finds out how the camera shook from shadows that the blur made lighter, and takes the blur away.",
    sources=(
        "Pan, Sun, Pfister, Yang 2016, Blind image deblurring using dark channel prior, "
        "doi:10.1109/CVPR.2016.180",
        LAST_STEP,
    ),
))
