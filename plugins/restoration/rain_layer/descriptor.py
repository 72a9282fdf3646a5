"""Rain removal by layer priors, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import DERAIN

ALONG = 7
"""Rows up and down the rain over which a streak has to go on."""


class RainLayerParams(Params):
    """Parameters of rain removal by layer priors."""

    strength: float = param(1.0, title="Strength", ge=0, le=1, step=0.05, help=(
        "Share of the found rain that is taken away; more removes more of the streaks."
    ))
    angle: float | None = param(None, title="Direction", unit="°", ge=-45, le=45, step=1, help=(
        "Where the rain falls: 0 straight down, more to the right on its way down. Found in the photo when not "
        "given."
    ))
    width: float = param(10.0, title="Widest streak", unit="px", ge=2, le=100, soft=(3, 30), step=0.5, help=(
        "Bright lines wider than this are not rain; more removes thicker streaks, and bright poles with them."
    ))
    straightness: float = param(1.6, title="Straightness", ge=0.1, le=20, soft=(0.3, 5), step=0.1, advanced=True, help=(
        "How evenly a streak goes on along its direction; more spares the photo's texture and leaves short drops."
    ))
    steps: int = param(100, title="Steps", unit="steps", ge=10, le=1000, soft=(50, 300), advanced=True, help=(
        "How long the two layers are told apart; more finds fainter rain and takes longer."
    ))


def reach(params: RainLayerParams) -> int:
    """Return how far a pixel looks: one pixel a step, and along the rain."""
    return params.steps + 1 + ALONG + 1


verilens_tools = provides(__name__, Tool(
    id="derain.layer_prior", title="Remove rain streaks", kind="restoration", version="1.0", params=RainLayerParams,
    prepare=".algorithm:prepare", reach=reach, encoding="srgb", memory=5.0,
    keywords=DERAIN,
    summary="Separates thin bright lines that all fall one way from the photo behind them.",
    sources=(
        "Deng, Huang, Zhao, Jiang 2018, A directional global sparse model for single image rain removal, "
        "doi:10.1016/j.apm.2018.03.001 (the priors of the two layers)",
        "Chambolle, Pock 2011, A first-order primal-dual algorithm for convex problems with applications to "
        "imaging, doi:10.1007/s10851-010-0251-1 (the solver)",
        "Li, Tan, Guo, Lu, Brown 2016, Rain streak removal using layer priors, doi:10.1109/CVPR.2016.299 "
        "(the two layers; its patch mixtures, which have to be trained, are not used)",
    ),
))
