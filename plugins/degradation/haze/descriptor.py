"""Haze, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.degradation.common import DEPTH_INPUT


class HazeParams(Params):
    """Parameters of haze."""

    density: float = param(1.0, title="Density", ge=0, le=20, soft=(0, 4), step=0.1, help=(
        "How quickly light is lost on its way; more is thicker: exp(-density) of it comes from the farthest."
    ))
    airlight: float = param(230.0, title="Airlight", unit="levels", ge=0, le=255, step=1, help=(
        "Brightness of the haze itself; more is whiter."
    ))
    warmth: float = param(0.0, title="Warmth", unit="levels", ge=-60, le=60, step=1, advanced=True, help=(
        "How much redder than blue the haze is; more is warmer, less than 0 bluer."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.haze", title="Haze", kind="degradation", version="1.0", params=HazeParams, reach=0,
    inputs=(DEPTH_INPUT,), differentiable=True, memory=5.0,
    summary="Lays haze over the photo: even, or thicker with distance where a depth map is given.",
    sources=(
        "Narasimhan, Nayar 2002, Vision and the atmosphere, doi:10.1023/A:1016328200723",
        "Li et al. 2019, Benchmarking single-image dehazing and beyond, doi:10.1109/TIP.2018.2867951",
    ),
))
