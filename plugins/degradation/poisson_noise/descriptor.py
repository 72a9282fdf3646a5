"""Photon noise, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, param, provides
from plugins.degradation.common import IMAGENET_C


class PoissonNoiseParams(SeverityParams, severities={"photons": (60.0, 25.0, 12.0, 5.0, 3.0)}):
    """Parameters of photon noise."""

    photons: float = param(
        60.0, title="Photons at white", unit="photons", ge=0.1, le=1e6, soft=(1, 1000), log=True,
        help="How many photons a white pixel counts on average; more is less noisy.",
    )


verilens_tools = provides(__name__, Tool(
    id="degrade.poisson_noise", title="Photon noise", kind="degradation", version="1.0", params=PoissonNoiseParams,
    stochastic=True, memory=5.0,
    summary="Counts light in single photons: grain that grows with brightness.",
    sources=(IMAGENET_C,),
))
