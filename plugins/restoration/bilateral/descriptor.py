"""The bilateral filter, as the tool list and the form see it."""

from __future__ import annotations

from math import ceil

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NOISE_OF, NoiseParams

_TRUNCATE = 1.6  # standard deviations, at which the spatial Gaussian is cut off: further off costs more than it gains
_GUIDE_TRUNCATE = 4.0  # the same of the guide's blur


class BilateralParams(NoiseParams):
    """Parameters of the bilateral filter."""

    strength: float = param(1.0, title="Strength", ge=0.1, le=10, soft=(0.5, 4), step=0.1, help=(
        "How unlike two pixels may be and still be averaged, as a multiple of σ; more is smoother."
    ))
    spread: float = param(2.5, title="Spread", unit="px", ge=0.3, le=10, soft=(1, 5), step=0.1, help=(
        "Standard deviation of the distance over which pixels are averaged; more is smoother and takes longer."
    ))
    guide_blur: float = param(
        0.7, title="Guide blur", unit="px", ge=0, le=3, soft=(0, 2), step=0.1, advanced=True,
        help="How far pixels are blurred before they are compared; more sees edges better through noise and misses "
        "finer ones. With 0 pixels are compared as they are, and a strength of 2.5 or so is wanted.",
    )


def window_radius(params: BilateralParams) -> int:
    """Return the radius of the round window, in pixels."""
    return ceil(_TRUNCATE * params.spread)


def reach(params: BilateralParams) -> int:
    """Return how far a pixel looks: to the window's edge, and on to what the guide there was blurred from."""
    return window_radius(params) + ceil(_GUIDE_TRUNCATE * params.guide_blur)


verilens_tools = provides(__name__, Tool(
    id="denoise.bilateral", title="Bilateral filter", kind="restoration", version="1.1", params=BilateralParams,
    prepare=NOISE_OF, reach=reach, memory=8.0,
    keywords=DENOISE,
    summary="Removes noise by averaging each pixel with those near it that are of about the same tone.",
    sources=(
        "Tomasi, Manduchi 1998, Bilateral filtering for gray and color images, doi:10.1109/ICCV.1998.710815",
        "Petschnigg et al. 2004, Digital photography with flash and no-flash image pairs, "
        "doi:10.1145/1015706.1015777",
        "Durand, Dorsey 2002, Fast bilateral filtering for the display of high-dynamic-range images, "
        "doi:10.1145/566570.566574 (Tukey's biweight as the likeness)",
    ),
))
