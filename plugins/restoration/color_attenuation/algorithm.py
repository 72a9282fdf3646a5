"""The colour attenuation prior: haze makes a place brighter and paler, in step with its distance.

Inverts ``I = J t + A (1 - t)``, ``t = exp(-β d)``, with the depth d a linear function of brightness and saturation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.appearance import saturation
from desktop_app.numerics.filters import guided_filter, local_minimum
from desktop_app.numerics.haze import airlight, scene_radiance
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.color_attenuation.descriptor import ColorAttenuationParams, reach

_STRIP = 1 << 18  # pixels
_OFFSET, _OF_BRIGHTNESS, _OF_SATURATION = 0.121779, 0.959710, -0.780245  # Zhu 2015, section IV: learnt
_CLEAREST = 0.9  # Zhu 2015, section V: the nearest place is not quite free of haze either


def prepare(images: Tensor, params: ColorAttenuationParams, run: Run) -> Tensor:
    """Return every photo's airlight A, ``(N, C, 1, 1)``: the brightest of the farthest places (Zhu 2015, section V)."""
    run.check()
    with torch.no_grad():
        return airlight(images, depth(images, params.patch_radius))


def run(images: Tensor, params: ColorAttenuationParams, run: Run) -> Result:
    """Dehaze photos ``(N, C, H, W)``; of a grey photo, brightness alone tells the distance.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    params : ColorAttenuationParams
        Density, patch, refinement, least transmission. With a density of 0 the photo comes back as it was.
    run : Run
        Its ``prepared`` holds the airlight.

    Returns
    -------
    Result
        The scene, and the depth as a map.
    """
    height, width = images.shape[-2:]
    scene, depths = torch.empty_like(images), torch.empty_like(images[:, :1])
    far = reach(params)
    with torch.no_grad():
        for strip in row_strips(height, rows_of(_STRIP, width, far), far):
            run.progress(strip.rows.start / height, "estimating the depth")
            hazy = images[..., strip.read, :]
            rough = depth(hazy, params.patch_radius)
            fine = guided_filter(hazy, rough, params.smoothing_radius, params.smoothing_eps, run.check)
            fine = fine[..., strip.core, :]
            through = transmission(fine, params)
            scene[..., strip.place, :] = scene_radiance(images[..., strip.place, :], run.prepared, through)
            depths[..., strip.place, :] = fine
    return Result(image=scene, maps=[_map(depths)], reports=[_report(light) for light in run.prepared])


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
        name="depth", values=values[:, 0], kind="estimate", unit="optical depth", colormap="viridis",
        meaning="How far away each place is thought to be, in the prior's own units; high is far or hazy.",
    )


def _report(light: Tensor) -> dict[str, list[float]]:
    return {"airlight": [round(value, 4) for value in light.flatten().tolist()]}
