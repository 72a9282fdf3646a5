"""Super-resolution by sparse codes, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import SUPERRES
from plugins.restoration.common.params import ScaleParams, scale

_REACH = 8  # bicubic, derivatives and patches together, in pixels of the small photo
_REACH_BACK = 6  # of one back-projection: bicubic down and up


class SparseSuperresParams(ScaleParams):
    """Parameters of super-resolution by sparse codes."""

    back_projections: int = param(2, title="Back-projections", ge=0, le=20, soft=(0, 5), advanced=True, help=(
        "How often the result is corrected until, made small again, it is the photo; more is crisper and keeps "
        "noise."
    ))


def reach(params: SparseSuperresParams) -> int:
    """Return how far a pixel looks, in pixels of the small photo."""
    return _REACH + _REACH_BACK * params.back_projections


verilens_tools = provides(__name__, Tool(
    id="superres.sparse", title="Sparse super-resolution", kind="restoration", version="1.0",
    params=SparseSuperresParams, reach=reach, scale=scale, discrete=True, encoding="srgb", memory=120.0,
    keywords=SUPERRES,
    summary="Enlarges a photo and adds the edges that pairs of small and large patches have taught it.",
    sources=(
        "Yang, Wright, Huang, Ma 2010, Image super-resolution via sparse representation, "
        "doi:10.1109/TIP.2010.2050625",
        "Zeyde, Elad, Protter 2010, On single image scale-up using sparse-representations, "
        "doi:10.1007/978-3-642-27413-8_47",
        "Irani, Peleg 1991, Improving resolution by image registration, doi:10.1016/1049-9652(91)90045-L",
    ),
))
