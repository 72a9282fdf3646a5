"""Super-resolution by back-projection, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import SUPERRES
from plugins.restoration.common.params import ScaleParams, scale

_UP = 3  # pixels of the small photo that bicubic enlargement looks at to each side
_DOWN = 3  # and shrinking


class BackProjectionParams(ScaleParams):
    """Parameters of super-resolution by back-projection."""

    iterations: int = param(5, title="Iterations", unit="steps", ge=0, le=50, soft=(0, 10), step=1, help=(
        "How often the result is corrected until, made small again, it is the photo; more is crisper, and keeps "
        "noise and blocks of the photo. None is bicubic enlargement."
    ))


def reach(params: BackProjectionParams) -> int:
    """Return how far a pixel looks, in pixels of the small photo."""
    return _UP + (_UP + _DOWN) * params.iterations


verilens_tools = provides(__name__, Tool(
    id="superres.back_projection", title="Back-projection", kind="restoration", version="1.0",
    params=BackProjectionParams, reach=reach, scale=scale, differentiable=True, memory=52.0,
    keywords=SUPERRES,
    summary="Enlarges the photo so that, made small again, it is the photo that was taken.",
    sources=(
        "Irani, Peleg 1991, Improving resolution by image registration, doi:10.1016/1049-9652(91)90045-L",
    ),
))
