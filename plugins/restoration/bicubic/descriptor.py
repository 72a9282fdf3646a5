"""Bicubic enlargement, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides


class BicubicParams(Params):
    """Parameters of bicubic enlargement."""

    scale: Literal[2, 3, 4] = param(
        2, title="Scale", unit="×",
        help="How many times higher and wider the photo becomes; more is softer.",
    )


def scale(params: BicubicParams) -> int:
    """Return how many times larger the photo becomes."""
    return params.scale


verilens_tools = provides(Tool(
    id="superres.bicubic", title="Bicubic", kind="restoration", version="1.0",
    summary="Enlarges the photo smoothly; the measure that every other method has to beat.",
    algorithm="plugins.restoration.bicubic.algorithm:run", params=BicubicParams, reach=3, scale=scale,
    differentiable=True, memory=20.0,
    sources=(
        "Keys 1981, Cubic convolution interpolation for digital image processing, "
        "doi:10.1109/TASSP.1981.1163711",
    ),
))
