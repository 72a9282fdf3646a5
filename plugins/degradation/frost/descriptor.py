"""Frost, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, hookimpl, param

_CONSTANTS = {"photo": (100.0, 80.0, 70.0, 65.0, 60.0), "frost": (40.0, 60.0, 70.0, 70.0, 75.0)}


class FrostParams(SeverityParams, severities=_CONSTANTS):
    """Parameters of frost."""

    photo: float = param(
        80.0, title="Photo", unit="%", ge=0, le=100, step=5,
        help="How much of the photo's light comes through; more is brighter.",
    )
    frost: float = param(
        60.0, title="Frost", unit="%", ge=0, le=100, step=5,
        help="Light of the ice crystals; more is whiter.",
    )
    crystal: float = param(
        24.0, title="Crystal size", unit="px", ge=2, le=400, soft=(8, 80), step=2,
        help="Length of the needles of ice; more is larger crystals.",
    )


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="degrade.frost",
            title="Frost",
            kind="degradation",
            summary="Looks through a frozen window: needles of ice, denser in patches.",
            version="1.0",
            algorithm="plugins.degradation.frost.algorithm:run",
            params=FrostParams,
            stochastic=True,
            memory=8.0,
            sources=("Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261",),
        )
    ]
