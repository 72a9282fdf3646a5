"""The dark channel prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, hookimpl, param


class DarkChannelParams(Params):
    """Parameters of the dark channel prior."""

    strength: float = param(
        0.9, title="Strength", ge=0, le=1, step=0.01,
        help="Share ω of the haze that is taken away; more is clearer, all of it makes distance look unnatural.",
    )
    patch_radius: int = param(
        7, title="Patch radius", unit="px", ge=0, le=50, soft=(2, 20), advanced=True,
        help="Half the side of the window that is expected to hold something dark; more keeps colours calmer and "
        "blurs the haze's outline before it is refined.",
    )
    smoothing_radius: int = param(
        40, title="Refinement radius", unit="px", ge=1, le=200, soft=(10, 100), advanced=True,
        help="Radius within which the haze follows the photo's edges; more hides the patches, less keeps halos narrow.",
    )
    smoothing_eps: float = param(
        1e-3, title="Refinement ε", ge=1e-6, le=1, log=True, advanced=True,
        help="Variance of colour below which a region counts as flat; more gives a smoother haze.",
    )
    min_transmission: float = param(
        0.2, title="Least transmission", ge=0.01, le=1, soft=(0.05, 0.5), step=0.01, advanced=True,
        help="How much of the scene is taken to shine through anywhere; more leaves haze in the distance and less "
        "noise in the sky.",
    )


def reach(params: DarkChannelParams) -> int:
    """Return how far a pixel looks: through the refinement's two windows and a patch, in pixels."""
    return 2 * params.smoothing_radius + params.patch_radius


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="dehaze.dark_channel",
            title="Dehaze: dark channel",
            kind="restoration",
            summary="Takes haze away, judging its density by how bright the darkest colour nearby still is.",
            version="1.0",
            algorithm="plugins.restoration.dark_channel.algorithm:run",
            prepare="plugins.restoration.dark_channel.algorithm:prepare",
            params=DarkChannelParams,
            reach=reach,
            memory=8.0,
            sources=(
                "He, Sun, Tang 2009, Single image haze removal using dark channel prior, doi:10.1109/CVPR.2009.5206515",
                "He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213",
            ),
        )
    ]
