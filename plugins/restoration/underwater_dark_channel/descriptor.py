"""The underwater dark channel prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, hookimpl, param


class UnderwaterDarkChannelParams(Params):
    """Parameters of the underwater dark channel prior."""

    strength: float = param(
        0.9, title="Strength", ge=0, le=1, step=0.01,
        help="Share ω of the water's veil that is taken away; more is clearer and darker.",
    )
    patch_radius: int = param(
        7, title="Patch radius", unit="px", ge=0, le=50, soft=(2, 20), advanced=True,
        help="Half the side of the window that is expected to hold something dark; more keeps colours calmer and "
        "blurs the veil's outline before it is refined.",
    )
    smoothing_radius: int = param(
        40, title="Refinement radius", unit="px", ge=1, le=200, soft=(10, 100), advanced=True,
        help="Radius within which the veil follows the photo's edges; more hides the patches, less keeps halos narrow.",
    )
    smoothing_eps: float = param(
        1e-3, title="Refinement ε", ge=1e-6, le=1, log=True, advanced=True,
        help="Variance of colour below which a region counts as flat; more gives a smoother veil.",
    )
    min_transmission: float = param(
        0.2, title="Least transmission", ge=0.01, le=1, soft=(0.05, 0.5), step=0.01, advanced=True,
        help="How much of the scene is taken to shine through anywhere; more leaves veil in the distance and less "
        "noise in open water.",
    )


def reach(params: UnderwaterDarkChannelParams) -> int:
    """Return how far a pixel looks: through the refinement's two windows and a patch, in pixels."""
    return 2 * params.smoothing_radius + params.patch_radius


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="underwater.udcp",
            title="Underwater: dark channel",
            kind="restoration",
            summary="Takes the water's veil away, judging it by green and blue alone, since red is lost first.",
            version="1.0",
            algorithm="plugins.restoration.underwater_dark_channel.algorithm:run",
            prepare="plugins.restoration.underwater_dark_channel.algorithm:prepare",
            params=UnderwaterDarkChannelParams,
            reach=reach,
            memory=8.0,
            sources=(
                "Drews, do Nascimento, Moraes, Botelho, Campos 2013, Transmission estimation in underwater single "
                "images, doi:10.1109/ICCVW.2013.113",
                "Drews, Nascimento, Botelho, Campos 2016, Underwater depth estimation and image restoration based on "
                "single images, doi:10.1109/MCG.2016.26",
                "He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213",
            ),
        )
    ]
