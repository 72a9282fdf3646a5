"""The dark channel prior: in a patch of a clear photo, some colour of some pixel is nearly black.

Inverts ``I = J t + A (1 - t)``. Under haze the darkest value of a patch is about ``A (1 - t)``: hence t, refined by a
guided filter in place of the paper's matting.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.restoration.common.haze import cleared, dark_channel, dark_channel_estimate, light_of
from plugins.restoration.common.haze_params import DarkChannelParams


def prepare(images: Tensor, params: DarkChannelParams, run: Run) -> Tensor:
    """Return every photo's airlight A, ``(N, C, 1, 1)`` (He 2009, section 4.4)."""
    return light_of(images, partial(dark_channel, radius=params.patch_radius), run)


def run(images: Tensor, params: DarkChannelParams, run: Run) -> Result:
    """Dehaze photos; a grey photo is its own dark channel.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    The result holds the scene, and the transmission as a map.
    """
    dark = partial(dark_channel, radius=params.patch_radius)
    return cleared(images, params, run, dark_channel_estimate(params, dark, "estimating the haze"), _map, "airlight")


def _map(values: Tensor) -> Map:
    return Map(
        name="transmission", values=values, kind="estimate", unit="share", colormap="viridis",
        meaning="The share of the scene's own light that is thought to come through the haze; low is far or thick.",
    )
