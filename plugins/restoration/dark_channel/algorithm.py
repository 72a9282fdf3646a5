"""The dark channel prior: in a patch of a clear photo, some colour of some pixel is nearly black.

Inverts ``I = J t + A (1 - t)``. Under haze the darkest value of a patch is about ``A (1 - t)``: hence t, refined by a
guided filter in place of the paper's matting.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.filters import guided_filter, local_minimum
from desktop_app.numerics.haze import airlight, scene_radiance
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.dark_channel.descriptor import DarkChannelParams, reach

_STRIP = 1 << 18  # pixels


def prepare(images: Tensor, params: DarkChannelParams, run: Run) -> Tensor:
    """Return every photo's airlight A, ``(N, C, 1, 1)`` (He 2009, section 4.4)."""
    run.check()
    with torch.no_grad():
        return airlight(images, dark_channel(images, params.patch_radius))


def run(images: Tensor, params: DarkChannelParams, run: Run) -> Result:
    """Dehaze photos ``(N, C, H, W)``; a grey photo is its own dark channel.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    params : DarkChannelParams
        Strength, patch, refinement, least transmission.
    run : Run
        Its ``prepared`` holds the airlight.

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
            run.progress(strip.rows.start / height, "estimating the haze")
            hazy = images[..., strip.read, :]
            through = transmission(hazy, run.prepared, params, run)[..., strip.core, :]
            scene[..., strip.place, :] = scene_radiance(images[..., strip.place, :], run.prepared, through)
            seen[..., strip.place, :] = through
    return Result(image=scene, maps=[_map(seen)], reports=[_report(light) for light in run.prepared])


def dark_channel(images: Tensor, radius: int) -> Tensor:
    """Return the smallest value of any colour in every pixel's patch, ``(N, 1, H, W)``: He 2009, eq. 5."""
    return local_minimum(images.amin(1, keepdim=True), radius)


def transmission(images: Tensor, light: Tensor, params: DarkChannelParams, run: Run) -> Tensor:
    """Return the share of the scene's light that came through, ``(N, 1, H, W)``: He 2009, eq. 12, refined."""
    veil = dark_channel(images / light, params.patch_radius)
    rough = (1.0 - params.strength * veil).clamp_(max=1.0)
    refined = guided_filter(images, rough, params.smoothing_radius, params.smoothing_eps, run.check)
    return refined.clamp_(params.min_transmission, 1.0)


def _map(values: Tensor) -> Map:
    return Map(
        name="transmission", values=values[:, 0], kind="estimate", unit="share", colormap="viridis",
        meaning="The share of the scene's own light that is thought to come through the haze; low is far or thick.",
    )


def _report(light: Tensor) -> dict[str, list[float]]:
    return {"airlight": [round(value, 4) for value in light.flatten().tolist()]}
