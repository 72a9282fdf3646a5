"""Salt-and-pepper noise, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class ImpulseNoiseParams(SeverityParams, severities={"amount": (3.0, 6.0, 9.0, 17.0, 27.0)}):
    """Parameters of salt-and-pepper noise."""

    amount: float = param(5.0, title="Amount", unit="%", ge=0, le=100, soft=(0, 50), step=0.5, help=(
        "Share of the values that are lost; more is more specks."
    ))
    salt: float = param(50.0, title="Salt", unit="%", ge=0, le=100, step=5, advanced=True, help=(
        "Share of the lost values that turn white; more is fewer black specks."
    ))
    colour: Literal["independent", "grey"] = param("independent", title="Colour", help=(
        "Independent: every channel loses values of its own; grey: whole pixels turn black or white."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.impulse_noise", title="Salt-and-pepper noise", kind="degradation", version="1.0",
    params=ImpulseNoiseParams, stochastic=True, memory=5.0,
    summary="Turns single pixels black or white, as dead sensor cells and lost bits do.",
    sources=(IMAGENET_C,),
))
