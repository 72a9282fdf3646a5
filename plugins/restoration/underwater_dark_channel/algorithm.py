"""The underwater dark channel prior: in a patch of a clear photo, some green or blue value is nearly black.

Inverts ``I = J t + A (1 - t)`` with A the colour of open water. Water swallows red within metres, so red is dark near
and far and says nothing about the veil: the dark channel looks at green and blue only. No colour is taken below a
share of what it was, and red not far above: where green and blue alone went, sand and skin would turn magenta.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.restoration.common.haze import cleared, dark_channel, dark_channel_estimate, light_of
from plugins.restoration.underwater_dark_channel.descriptor import UnderwaterDarkChannelParams

_LEAST_KEPT = 0.4  # of each colour
_MOST_RED = 1.3  # times what it was: of red there is too little in the water for the veil's inverse to be trusted


def prepare(images: Tensor, params: UnderwaterDarkChannelParams, run: Run) -> Tensor:
    """Return the colour of open water in every photo, ``(N, C, 1, 1)``: where the dark channel is brightest."""
    return light_of(images, partial(_without_red, params.patch_radius), run)


def run(images: Tensor, params: UnderwaterDarkChannelParams, run: Run) -> Result:
    """Clear underwater photos; a grey photo is its own dark channel.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    The result holds the scene, and the transmission as a map.
    """
    dark = partial(_without_red, params.patch_radius)
    result = cleared(images, params, run, dark_channel_estimate(params, dark, "estimating the veil"), _map, "water")
    assert result.image is not None
    scene = torch.maximum(result.image, torch.minimum(images, _LEAST_KEPT * images))
    if images.shape[1] == 3:
        scene[:, 0] = torch.minimum(scene[:, 0], torch.maximum(images[:, 0], _MOST_RED * images[:, 0]))
    return replace(result, image=scene)


def _without_red(radius: int, images: Tensor) -> Tensor:
    """Return the smallest green or blue value of every pixel's patch, ``(N, 1, H, W)``."""
    return dark_channel(images[:, -2:], radius)


def _map(values: Tensor) -> Map:
    return Map(
        name="transmission", values=values, kind="estimate", unit="share", colormap="viridis",
        meaning="The share of the scene's own light that is thought to come through the water; low is far or murky.",
    )
