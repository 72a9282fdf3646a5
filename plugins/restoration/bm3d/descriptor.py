"""BM3D, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams, Odd

_LARGEST_PATCH = 11  # of the second stage under strong noise


class Bm3dParams(NoiseParams):
    """Parameters of BM3D."""

    stages: Literal["both", "first"] = param("both", title="Stages", advanced=True, help=(
        "Both gives the better picture; the first alone is a rougher estimate in half the time."
    ))
    search_size: Odd = param(39, title="Search window", unit="px", ge=9, le=63, step=2, advanced=True, help=(
        "Side of the square that is searched for like patches, an odd number; larger finds more and takes longer."
    ))


def reach(params: Bm3dParams) -> int:
    """Return how far a pixel looks: twice through a patch to its reference, and on to the ends of that one's window."""
    return 2 * 2 * (params.search_size // 2 + _LARGEST_PATCH - 1)


verilens_tools = provides(__name__, Tool(
    id="denoise.bm3d", title="BM3D", kind="restoration", version="1.1", params=Bm3dParams, prepare=".algorithm:prepare",
    reach=reach, align=24, discrete=True, memory=12.0,
    keywords=DENOISE,
    summary="Removes noise by stacking patches that look alike and keeping what they have in common.",
    sources=(
        "Dabov, Foi, Katkovnik, Egiazarian 2007, Image denoising by sparse 3-D transform-domain collaborative "
        "filtering, doi:10.1109/TIP.2007.901238",
        "Dabov, Foi, Katkovnik, Egiazarian 2007, Color image denoising via sparse 3D collaborative filtering "
        "with grouping constraint in luminance-chrominance space, doi:10.1109/ICIP.2007.4378954",
        "Lebrun 2012, An analysis and implementation of the BM3D image denoising method, "
        "doi:10.5201/ipol.2012.l-bm3d",
        "Hou, Zhao, Yang, Cheng 2011, Comments on Image denoising by sparse 3-D transform-domain "
        "collaborative filtering, doi:10.1109/TIP.2010.2052281",
    ),
))
