"""Gaussian noise, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class GaussianNoiseParams(SeverityParams, severities={"sigma": (20.4, 30.6, 45.9, 66.3, 96.9)}):
    """Parameters of Gaussian noise."""

    sigma: float = param(25.0, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 75), step=0.5, help=(
        "Standard deviation of the noise; more is grainier."
    ))
    colour: Literal["independent", "grey"] = param("independent", title="Colour", help=(
        "Independent: every channel gets noise of its own; grey: all channels get the same."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.gaussian_noise", title="Gaussian noise", kind="degradation", version="1.0", params=GaussianNoiseParams,
    differentiable=True, stochastic=True, memory=3.0,
    summary="Adds grain of a known strength, to see what a restoration makes of it.",
    sources=(
        "Zhang et al. 2017, Beyond a Gaussian denoiser, section IV, doi:10.1109/TIP.2017.2662206",
        IMAGENET_C,
    ),
))
