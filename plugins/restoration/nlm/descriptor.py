"""Non-local means, as the tool list and the form see it."""

from __future__ import annotations

from math import sqrt

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams, Odd, OddOrNone

_GREY_PATCHES, _COLOUR_PATCHES = (20.0, 40.0), (35.0,)  # levels of noise above which a patch is 2 pixels larger
SMALLEST_PATCH, _LARGEST_PATCH = 3, 7  # of those chosen by itself
_FEWEST_VALUES = 9  # of a patch


class NlmParams(NoiseParams):
    """Parameters of non-local means."""

    strength: float = param(1.0, title="Strength", ge=0.1, le=5, soft=(0.3, 2), step=0.05, help=(
        "How unlike two patches may be and still be averaged, as a multiple of what suits the noise; more is "
        "smoother."
    ))
    patch_size: OddOrNone = param(None, title="Patch size", unit="px", ge=1, le=15, step=2, advanced=True, help=(
        "Side of the compared patches, an odd number; larger is surer under strong noise and loses fine detail. "
        "When not given 3 to 7, as the noise is, and smaller where few large ones are alike."
    ))
    search_size: Odd = param(13, title="Search window", unit="px", ge=3, le=41, step=2, advanced=True, help=(
        "Side of the square that is searched for like patches, an odd number; larger finds more and takes longer."
    ))


def patch_size_for(params: NlmParams, channels: int, sigma: float) -> int:
    """Return the side of a patch in pixels, larger where one pixel tells less (Buades 2011, tables 1 and 2)."""
    grows_at = _COLOUR_PATCHES if channels == 3 else _GREY_PATCHES
    return params.patch_size or SMALLEST_PATCH + 2 * sum(sigma > level for level in grows_at)


def bandwidth(params: NlmParams, channels: int, patch: int) -> float:
    """Return h/σ: the more values a patch has, the less its distance to another varies by chance."""
    return params.strength * sqrt(sqrt(_FEWEST_VALUES / (channels * patch**2)))


def reach(params: NlmParams) -> int:
    """Return how far a pixel looks at most: to the edge of the last patch of its search window, in pixels."""
    return params.search_size // 2 + (params.patch_size or _LARGEST_PATCH) // 2


verilens_tools = provides(__name__, Tool(
    id="denoise.nlm", title="Non-local means", kind="restoration", version="1.1", params=NlmParams,
    prepare=".algorithm:prepare", reach=reach, memory=6.0,
    keywords=DENOISE,
    summary="Removes noise by averaging patches that look alike, wherever they lie in the neighbourhood.",
    sources=(
        "Buades, Coll, Morel 2005, A non-local algorithm for image denoising, doi:10.1109/CVPR.2005.38",
        "Buades, Coll, Morel 2011, Non-Local Means Denoising, doi:10.5201/ipol.2011.bcm_nlm",
        "Donoho, Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage, doi:10.1093/biomet/81.3.425",
    ),
))
