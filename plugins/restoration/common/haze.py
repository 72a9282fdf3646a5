"""The scene behind haze or water: strip by strip, what a method estimates of the veil is refined and inverted.

Inverts ``I = J t + A (1 - t)`` with the colour A of the medium, found once for the whole photo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.filters import guided_filter, local_minimum
from desktop_app.numerics.haze import airlight, scene_radiance
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.common.haze_params import DarkChannelParams, VeilParams, reach

_STRIP = 1 << 18  # pixels


@dataclass(frozen=True)
class Estimate:
    """What a method makes of the veil.

    Parameters
    ----------
    rough : callable
        Of a part ``(N, C, h, w)`` of the photos and the medium's colour ``(N, C, 1, 1)``: what tells the veil,
        ``(N, 1, h, w)``, patch by patch.
    judged : callable
        Of the same along the photo's edges: the transmission, and what the map shows, ``(N, 1, h, w)`` each.
    message : str
        What the program is at, for the progress bar.
    """

    rough: Callable[[Tensor, Tensor], Tensor]
    judged: Callable[[Tensor], tuple[Tensor, Tensor]]
    message: str


def light_of(images: Tensor, haziness: Callable[[Tensor], Tensor], run: Run) -> Tensor:
    """Return the medium's colour A of every photo, ``(N, C, 1, 1)``: the brightest of the haziest places.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    haziness : callable
        Of photos: ``(N, 1, H, W)``, growing with the medium.
    run : Run
        Asked whether to go on.
    """
    run.check()
    with torch.no_grad():
        return airlight(images, haziness(images))


def cleared(
    images: Tensor, params: VeilParams, run: Run, estimate: Estimate, layer: Callable[[Tensor], Map], medium: str
) -> Result:
    """Return the scene behind the veil, with a map, and the medium's colour in the report.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    params : VeilParams
        Patch, refinement, least transmission.
    run : Run
        Its ``prepared`` is what `light_of` returned.
    estimate : Estimate
        The method.
    layer : callable
        Makes a map of ``(N, H, W)``.
    medium : str
        What the report calls the medium's colour.
    """
    height, width = images.shape[-2:]
    scene, seen = torch.empty_like(images), torch.empty_like(images[:, :1])
    far, light = reach(params), run.prepared
    with torch.no_grad():
        for strip in row_strips(height, rows_of(_STRIP, width, far), far):
            run.progress(strip.rows.start / height, estimate.message)
            hazy = images[..., strip.read, :]
            rough = estimate.rough(hazy, light)
            fine = guided_filter(hazy, rough, params.smoothing_radius, params.smoothing_eps, run.check)
            through, shown = estimate.judged(fine[..., strip.core, :])
            scene[..., strip.place, :] = scene_radiance(images[..., strip.place, :], light, through)
            seen[..., strip.place, :] = shown
    reports = [{medium: [round(value, 4) for value in one.flatten().tolist()]} for one in light]
    return Result(image=scene, maps=[layer(seen[:, 0])], reports=reports)


def dark_channel(images: Tensor, radius: int) -> Tensor:
    """Return the smallest value of any colour in every pixel's patch, ``(N, 1, H, W)``: He 2009, eq. 5."""
    return local_minimum(images.amin(1, keepdim=True), radius)


def dark_channel_estimate(params: DarkChannelParams, dark: Callable[[Tensor], Tensor], message: str) -> Estimate:
    """Return the estimate of a dark channel prior: what is light where something should be dark is the veil's.

    Parameters
    ----------
    params : DarkChannelParams
        Strength and least transmission.
    dark : callable
        Of photos ``(N, C, H, W)``: their dark channel, ``(N, 1, H, W)``.
    message : str
        For the progress bar.
    """

    def rough(hazy: Tensor, light: Tensor) -> Tensor:
        return (1.0 - params.strength * dark(hazy / light)).clamp_(max=1.0)  # He 2009, eq. 12

    def judged(fine: Tensor) -> tuple[Tensor, Tensor]:
        through = fine.clamp(params.min_transmission, 1.0)
        return through, through

    return Estimate(rough, judged, message)
