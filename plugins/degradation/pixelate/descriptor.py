"""Large square pixels, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import SeverityParams, Tool, hookimpl, param


class PixelateParams(SeverityParams, severities={"size": (1 / 0.6, 2.0, 2.5, 1 / 0.3, 4.0)}):
    """Parameters of large pixels."""

    size: float = param(
        4.0, title="Pixel size", unit="px", ge=1, le=1024, soft=(1, 32), step=0.5,
        help="Side of the new pixels; more is coarser.",
    )


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="degrade.pixelate",
            title="Large pixels",
            kind="degradation",
            summary="Shows the photo in larger square pixels, at the size that it had.",
            version="1.0",
            algorithm="plugins.degradation.pixelate.algorithm:run",
            params=PixelateParams,
            differentiable=True,
            memory=4.0,
            sources=("Hendrycks, Dietterich 2019, Benchmarking neural network robustness, arXiv:1903.12261",),
        )
    ]
