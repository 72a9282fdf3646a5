"""Frosted glass, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, hookimpl, param

_CONSTANTS = {"spread": (0.7, 0.9, 1.0, 1.1, 1.5), "distance": (1, 2, 2, 3, 4), "passes": (2, 1, 3, 2, 2)}


class GlassBlurParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of frosted glass."""

    spread: float = param(
        1.0, title="Spread", unit="px", ge=0, le=20, soft=(0, 5), step=0.1,
        help="Standard deviation of the blur before and after; more is softer.",
    )
    distance: int = param(
        2, title="Distance", unit="px", ge=1, le=32,
        help="How far a pixel may be carried at a time; more is coarser glass.",
    )
    passes: int = param(
        2, title="Passes", unit="steps", ge=0, le=16,
        help="How often pixels change places; more mixes more.",
    )


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="degrade.glass_blur",
            title="Frosted glass",
            kind="degradation",
            summary="Mixes pixels with their neighbours, as frosted glass does.",
            version="1.0",
            algorithm="plugins.degradation.glass_blur.algorithm:run",
            params=GlassBlurParams,
            stochastic=True,
            memory=8.0,
            sources=("Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261",),
        )
    ]
