"""What methods against haze and murky water let a user set. Imports no torch, for descriptors."""

from __future__ import annotations

from desktop_app.api import Params, param


class VeilParams(Params):
    """How the veil before a scene is judged, place by place, and how much of it is left."""

    patch_radius: int = param(7, title="Patch radius", unit="px", ge=0, le=50, soft=(2, 20), advanced=True, help=(
        "Half the side of the window that is expected to hold something dark; more keeps colours calmer and "
        "blurs the veil's outline before it is refined."
    ))
    smoothing_radius: int = param(
        40, title="Refinement radius", unit="px", ge=1, le=200, soft=(10, 100), advanced=True,
        help="Radius within which the veil follows the photo's edges; more hides the patches, less keeps halos narrow.",
    )
    smoothing_eps: float = param(1e-3, title="Refinement ε", ge=1e-6, le=1, log=True, advanced=True, help=(
        "Variance of colour below which a region counts as flat; more gives a smoother veil."
    ))
    min_transmission: float = param(
        0.2, title="Least transmission", ge=0.01, le=1, soft=(0.05, 0.5), step=0.01, advanced=True,
        help="How much of the scene is taken to shine through anywhere; more leaves veil in the distance and less "
        "noise in sky and open water.",
    )


class _Strength(Params):
    """What is asked first: a base of its own, since a base's parameters come before those of the class."""

    strength: float = param(0.9, title="Strength", ge=0, le=1, step=0.01, help=(
        "Share ω of the veil that is taken away; more is clearer, all of it makes distance look unnatural."
    ))


class DarkChannelParams(VeilParams, _Strength):
    """Parameters of a dark channel prior."""


def reach(params: VeilParams) -> int:
    """Return how far a pixel looks: through the refinement's two windows and a patch, in pixels."""
    return 2 * params.smoothing_radius + params.patch_radius
