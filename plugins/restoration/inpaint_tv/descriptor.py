"""Inpainting by total variation, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import INPAINT
from plugins.restoration.common.params import MASK_INPUT


class InpaintTvParams(Params):
    """Parameters of inpainting by total variation."""

    order: Literal["second", "first"] = param("second", title="Order", help=(
        "Second: shading goes on at its slope, edges curve gently; first: plain total variation, flat and hard."
    ))
    bending: float = param(0.1, title="Bending", ge=0.01, le=10, soft=(0.05, 2), log=True, advanced=True, help=(
        "What a change of slope costs beside a step; more goes back to flat areas. Second order only."
    ))
    softness: float = param(
        8.0, title="Softness", unit="levels", ge=0, le=255, soft=(0, 40), step=1, advanced=True,
        help="Steps between neighbours below which shading is continued smoothly; more is softer, 0 keeps all edges.",
    )
    steps: int = param(
        200, title="Iterations", unit="steps", ge=1, le=5000, soft=(50, 1000), log=True, advanced=True,
        help="How long the solver works at most; more is closer to the optimum, and wanted for wide holes.",
    )


verilens_tools = provides(__name__, Tool(
    id="inpaint.tv", title="Fill by total variation", kind="restoration", version="1.0", params=InpaintTvParams,
    inputs=(MASK_INPUT,), memory=12.0,
    keywords=INPAINT,
    summary="Fills scratches and small holes so that edges go on and shading stays smooth.",
    sources=(
        "Chan, Shen 2001, Mathematical models for local nontexture inpaintings, doi:10.1137/S0036139900368844",
        "Bredies, Kunisch, Pock 2010, Total generalized variation, doi:10.1137/090769521",
        "Chambolle, Pock 2011, A first-order primal-dual algorithm for convex problems with applications to "
        "imaging, doi:10.1007/s10851-010-0251-1",
    ),
))
