"""Elastic distortion, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {
    "strength": (488.0, 488.0, 12.2, 17.08, 29.28), "smoothness": (170.8, 19.52, 2.44, 2.44, 2.44),
    "shear": (24.4, 48.8, 4.88, 4.88, 4.88),
}


class ElasticParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of elastic distortion."""

    strength: float = param(488.0, title="Strength", unit="px", ge=0, le=10_000, soft=(0, 1000), step=10, help=(
        "Of the random displacement before it is smoothed; more distorts more."
    ))
    smoothness: float = param(19.52, title="Smoothness", unit="px", ge=0.5, le=500, soft=(2, 100), step=1, help=(
        "Over how many pixels the displacement is smoothed; more bends gently and moves less."
    ))
    shear: float = param(5.0, title="Shear", unit="px", ge=0, le=200, soft=(0, 60), step=1, help=(
        "How far three corners of a triangle in the middle may move; more turns, stretches and shears more."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.elastic", title="Elastic distortion", kind="degradation", version="1.0", params=ElasticParams,
    stochastic=True, memory=6.0,
    summary="Bends the photo as if it were printed on rubber.",
    sources=(
        "Simard, Steinkraus, Platt 2003, Best practices for convolutional neural networks, "
        "doi:10.1109/ICDAR.2003.1227801",
        IMAGENET_C,
    ),
))
