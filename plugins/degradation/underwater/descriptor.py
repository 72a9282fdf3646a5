"""Water, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.degradation.common import DEPTH_INPUT


class UnderwaterParams(Params):
    """Parameters of water."""

    water: Literal["I", "IA", "IB", "II", "III", "1", "3", "5", "7", "9"] = param("III", title="Water", help=(
        "Jerlov's type: I is the clearest ocean, III a murky one, 1 to 9 are coasts, from clear to very murky."
    ))
    distance: float = param(6.0, title="Distance", unit="m", ge=0, le=100, soft=(0, 30), step=0.5, help=(
        "How much water lies before the subject, or before the farthest of a depth map; more hides more."
    ))
    dive: float = param(3.0, title="Dive depth", unit="m", ge=0, le=100, soft=(0, 30), step=0.5, help=(
        "How far below the surface the photo is taken; more takes red away first, then all light."
    ))
    veil: float = param(150.0, title="Veil", unit="levels", ge=0, le=255, step=1, help=(
        "Brightness of the light that the water scatters, just below the surface; more is milkier."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.underwater", title="Water", kind="degradation", version="1.0", params=UnderwaterParams, reach=0,
    inputs=(DEPTH_INPUT,), differentiable=True, memory=7.0,
    summary="Puts the photo under water: red goes first, and a blue-green veil grows with distance.",
    sources=(
        "Chiang, Chen 2012, Underwater image enhancement, doi:10.1109/TIP.2011.2179666",
        "Li, Anwar, Porikli 2020, Underwater scene prior inspired deep underwater image and video "
        "enhancement (the water types' figures), doi:10.1016/j.patcog.2019.107038",
    ),
))
