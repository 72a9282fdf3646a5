"""Speckle noise, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, hookimpl, param


class SpeckleNoiseParams(SeverityParams, severities={"contrast": (15.0, 20.0, 35.0, 45.0, 60.0)}):
    """Parameters of speckle noise."""

    contrast: float = param(
        20.0, title="Speckle contrast", unit="%", ge=0, le=200, soft=(0, 80), step=1,
        help="Standard deviation of the noise as a share of each pixel's brightness; more is grainier.",
    )


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="degrade.speckle_noise",
            title="Speckle noise",
            kind="degradation",
            summary="Multiplies each pixel by a random factor, as radar, sonar and laser light do.",
            version="1.0",
            algorithm="plugins.degradation.speckle_noise.algorithm:run",
            params=SpeckleNoiseParams,
            differentiable=True,
            stochastic=True,
            memory=4.0,
            sources=("Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261",),
        )
    ]
