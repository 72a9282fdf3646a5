"""Tikhonov smoothing, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams


class TikhonovParams(NoiseParams):
    """Parameters of Tikhonov smoothing."""

    weight: float | None = param(None, title="Weight λ", unit="px²", ge=0, le=1e6, soft=(0.01, 100), log=True, help=(
        "How much smoothness counts beside likeness to the photo; more blurs more. Found from σ when not given."
    ))
    penalty: Literal["slope", "bend"] = param("bend", title="Penalty", advanced=True, help=(
        "What is kept small: differences of neighbours (slope), or differences of those (bend), which blurs less."
    ))


verilens_tools = provides(__name__, Tool(
    id="denoise.tikhonov", title="Tikhonov", kind="restoration", version="1.0", params=TikhonovParams, memory=8.0,
    keywords=DENOISE,
    summary="Removes noise by smoothing evenly, exactly as much as the noise calls for.",
    sources=(
        "Tikhonov 1963, Solution of incorrectly formulated problems and the regularization method, "
        "Soviet Mathematics Doklady 4",
        "Stein 1981, Estimation of the mean of a multivariate normal distribution, doi:10.1214/aos/1176345632",
        "Ng, Chan, Tang 1999, A fast algorithm for deblurring models with Neumann boundary conditions, "
        "doi:10.1137/S1064827598341384",
    ),
))
