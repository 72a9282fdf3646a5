"""The underwater dark channel prior: in a patch of a clear photo, some green or blue value is nearly black.

Inverts ``I = J t + A (1 - t)`` with A the colour of open water. Water swallows red within metres, so red is dark near
and far and says nothing about the veil: the dark channel looks at green and blue only.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.filters import guided_filter, local_minimum
from desktop_app.numerics.haze import airlight, scene_radiance
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.underwater_dark_channel.descriptor import UnderwaterDarkChannelParams, reach

_STRIP = 1 << 18  # pixels


def prepare(images: Tensor, params: UnderwaterDarkChannelParams, run: Run) -> Tensor:
    """Return the colour of open water in every photo, ``(N, C, 1, 1)``: where the dark channel is brightest."""
    run.check()
    with torch.no_grad():
        return airlight(images, dark_channel(images, params.patch_radius))


def run(images: Tensor, params: UnderwaterDarkChannelParams, run: Run) -> Result:
    """Clear underwater photos ``(N, C, H, W)``; a grey photo is its own dark channel.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    params : UnderwaterDarkChannelParams
        Strength, patch, refinement, least transmission.
    run : Run
        Its ``prepared`` holds the water's colour.

    Returns
    -------
    Result
        The scene, and the transmission as a map.
    """
    height, width = images.shape[-2:]
    scene, seen = torch.empty_like(images), torch.empty_like(images[:, :1])
    far = reach(params)
    with torch.no_grad():
        for strip in row_strips(height, rows_of(_STRIP, width, far), far):
            run.progress(strip.rows.start / height, "estimating the veil")
            through = transmission(images[..., strip.read, :], run.prepared, params, run)[..., strip.core, :]
            scene[..., strip.place, :] = scene_radiance(images[..., strip.place, :], run.prepared, through)
            seen[..., strip.place, :] = through
    return Result(image=scene, maps=[_map(seen)], reports=[_report(light) for light in run.prepared])


def dark_channel(images: Tensor, radius: int) -> Tensor:
    """Return the smallest green or blue value of every pixel's patch, ``(N, 1, H, W)``."""
    return local_minimum(images[:, -2:].amin(1, keepdim=True), radius)


def transmission(images: Tensor, light: Tensor, params: UnderwaterDarkChannelParams, run: Run) -> Tensor:
    """Return the share of the scene's light that came through, ``(N, 1, H, W)``, refined."""
    veil = dark_channel(images / light, params.patch_radius)
    rough = (1.0 - params.strength * veil).clamp_(max=1.0)
    refined = guided_filter(images, rough, params.smoothing_radius, params.smoothing_eps, run.check)
    return refined.clamp_(params.min_transmission, 1.0)


def _map(values: Tensor) -> Map:
    return Map(
        name="transmission", values=values[:, 0], kind="estimate", unit="share", colormap="viridis",
        meaning="The share of the scene's own light that is thought to come through the water; low is far or murky.",
    )


def _report(light: Tensor) -> dict[str, list[float]]:
    return {"water": [round(value, 4) for value in light.flatten().tolist()]}
