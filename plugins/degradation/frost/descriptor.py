"""Frost, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C

_CONSTANTS = {"photo": (100.0, 80.0, 70.0, 65.0, 60.0), "frost": (40.0, 60.0, 70.0, 70.0, 75.0)}


class FrostParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of frost."""

    photo: float = param(80.0, title="Photo", unit="%", ge=0, le=100, step=5, help=(
        "How much of the photo's light comes through; more is brighter."
    ))
    frost: float = param(60.0, title="Frost", unit="%", ge=0, le=100, step=5, help=(
        "Light of the ice crystals; more is whiter."
    ))
    crystal: float = param(24.0, title="Crystal size", unit="px", ge=2, le=400, soft=(8, 80), step=2, help=(
        "Length of the needles of ice; more is larger crystals."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.frost", title="Frost", kind="degradation", version="2.0", params=FrostParams, stochastic=True,
    memory=8.0,
    summary="Looks through a frozen window: needles of ice, denser in patches, as bright as ImageNet-C's photos.",
    sources=(IMAGENET_C,),
))
