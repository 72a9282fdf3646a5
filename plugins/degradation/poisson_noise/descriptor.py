"""Photon noise, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, hookimpl, param


class PoissonNoiseParams(SeverityParams, severities={"photons": (60.0, 25.0, 12.0, 5.0, 3.0)}):
    """Parameters of photon noise."""

    photons: float = param(
        60.0, title="Photons at white", unit="photons", ge=0.1, le=1e6, soft=(1, 1000), log=True,
        help="How many photons a white pixel counts on average; more is less noisy.",
    )


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="degrade.poisson_noise",
            title="Photon noise",
            kind="degradation",
            summary="Counts light in single photons: grain that grows with brightness.",
            version="1.0",
            algorithm="plugins.degradation.poisson_noise.algorithm:run",
            params=PoissonNoiseParams,
            stochastic=True,
            memory=5.0,
            sources=("Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261",),
        )
    ]
