"""Contrast-limited adaptive histogram equalisation, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import LOWLIGHT


class ClaheParams(Params):
    """Parameters of CLAHE."""

    clip_limit: float = param(2.0, title="Contrast limit", ge=1, le=40, soft=(1, 8), step=0.1, help=(
        "How many times steeper the tone curve may become anywhere; more brings out more detail, and noise with "
        "it. At 1 the photo stays as it is."
    ))
    regions: int = param(8, title="Regions", ge=1, le=32, help=(
        "How many regions, each way, have a tone curve of their own; more adapts more locally, 1 is one curve for "
        "the whole photo."
    ))
    blend: float = param(1.0, title="Blend", ge=0, le=1, step=0.05, help=(
        "How far the photo is moved towards its equalised version."
    ))


verilens_tools = provides(__name__, Tool(
    id="lowlight.clahe", title="Local contrast (CLAHE)", kind="restoration", version="1.0", params=ClaheParams,
    encoding="srgb", memory=4.0,
    keywords=(*LOWLIGHT, "contrast", "Kontrast", "contraste"),
    summary="Spreads each region's tones over the whole scale, within a limit, so that dark corners open up.",
    sources=(
        "Zuiderveld 1994, Contrast limited adaptive histogram equalization, Graphics Gems IV, "
        "pages 474-485, doi:10.1016/B978-0-12-336156-1.50061-6",
        "Pizer et al. 1987, Adaptive histogram equalization and its variations, "
        "doi:10.1016/S0734-189X(87)80186-X",
    ),
))
