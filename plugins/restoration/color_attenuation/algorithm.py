"""The colour attenuation prior: haze makes a place brighter and paler, in step with its distance.

Inverts ``I = J t + A (1 - t)``, ``t = exp(-β d)``, with the depth d a linear function of brightness and saturation.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.appearance import saturation
from desktop_app.numerics.filters import local_minimum
from plugins.restoration.color_attenuation.descriptor import ColorAttenuationParams
from plugins.restoration.common.haze import Estimate, cleared, light_of

_OFFSET, _OF_BRIGHTNESS, _OF_SATURATION = 0.121779, 0.959710, -0.780245  # Zhu 2015, section IV: learnt
_CLEAREST = 0.9  # Zhu 2015, section V: the nearest place is not quite free of haze either


def prepare(images: Tensor, params: ColorAttenuationParams, run: Run) -> Tensor:
    """Return every photo's airlight A, ``(N, C, 1, 1)``: the brightest of the farthest places (Zhu 2015, section V)."""
    return light_of(images, partial(depth, radius=params.patch_radius), run)


def run(images: Tensor, params: ColorAttenuationParams, run: Run) -> Result:
    """Dehaze photos; of a grey photo, brightness alone tells the distance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    The result holds the scene, and the depth as a map. With a density of 0 the photo comes back as it was.
    """

    def rough(hazy: Tensor, _light: Tensor) -> Tensor:
        return depth(hazy, params.patch_radius)

    def judged(fine: Tensor) -> tuple[Tensor, Tensor]:
        return transmission(fine, params), fine

    return cleared(images, params, run, Estimate(rough, judged, "estimating the depth"), _map, "airlight")


def depth(images: Tensor, radius: int) -> Tensor:
    """Return the nearest depth of every pixel's patch, ``(N, 1, H, W)``: Zhu 2015, eq. 8."""
    raw = images.amax(1, keepdim=True) * _OF_BRIGHTNESS + _OFFSET
    return local_minimum(raw.add_(saturation(images), alpha=_OF_SATURATION), radius)


def transmission(depths: Tensor, params: ColorAttenuationParams) -> Tensor:
    """Return the share of the scene's light that came through: Zhu 2015, eq. 2, within bounds."""
    if params.beta == 0:
        return torch.ones_like(depths)
    return torch.exp(-params.beta * depths).clamp_(params.min_transmission, max(_CLEAREST, params.min_transmission))


def _map(values: Tensor) -> Map:
    return Map(
        name="depth", values=values, kind="estimate", unit="optical depth", colormap="viridis",
        meaning="How far away each place is thought to be, in the prior's own units; high is far or hazy.",
    )
