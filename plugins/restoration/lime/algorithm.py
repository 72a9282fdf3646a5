"""LIME: low-light enhancement by illumination map estimation.

Inverts ``L = R ∘ T``: the photo L is what the scene R reflects of the light T that falls on it. T is estimated from the
brightest colour of each pixel, refined, and ``R = L / T^γ``. On large photos T is refined at a reduced size and brought
back by local linear models of the brightest colour, as in the fast guided filter.
"""

from __future__ import annotations

from math import ceil, sqrt

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.filters import box_mean, enlarged_rows, reduce
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.common.lowlight import brightened
from plugins.restoration.lime.descriptor import LimeParams
from plugins.restoration.lime.illumination import illumination_map

_EXACT = 1_500_000  # pixels up to which T is refined at full size
_RADIUS, _EPS = 2, 1e-4  # of the local linear models, in reduced pixels and squared light
_STRIP = 1 << 18  # pixels


def run(images: Tensor, params: LimeParams, run: Run) -> Result:
    """Brighten photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    params : LimeParams
        Strength, smoothness, darkest light, denoiser. With a strength of 0 the photo comes back as it was.
    run : Run
        Progress and cancellation; runs the denoiser.

    Returns
    -------
    Result
        The photo, and the illumination as a map.
    """
    with torch.no_grad():
        light = torch.stack([_illumination(image, params, run) for image in images])[:, None]
        light.clamp_(params.darkest, 1.0)
        calm = images if params.denoiser == "none" or params.gamma == 0 else _denoised(images, light, params, run)
        return Result(image=brightened(calm, light ** -params.gamma), maps=[_map(light)])


def _illumination(image: Tensor, params: LimeParams, run: Run) -> Tensor:
    """Return the refined illumination ``(H, W)``."""
    brightest = image.amax(0).clamp_(0.0, 1.0)
    height, width = brightest.shape
    factor = ceil(sqrt(height * width / _EXACT))
    small = reduce(brightest[None, None], factor)[0, 0]
    light = illumination_map(small, params.smoothness, lambda done: run.progress(0.8 * done, "estimating the light"))
    return light if factor == 1 else _carried_over(light, small, brightest, factor, run)


def _carried_over(light: Tensor, small: Tensor, brightest: Tensor, factor: int, run: Run) -> Tensor:
    """Return the light at full size, as a locally linear function of the brightest colour (He 2015, algorithm 2)."""
    height, width = brightest.shape
    means = box_mean(torch.stack([small, light, small * small, small * light]), _RADIUS)
    slope = (means[3] - means[0] * means[1]) / (means[2] - means[0].square()).clamp_(min=0.0).add_(_EPS)
    lines = box_mean(torch.stack([slope, means[1] - slope * means[0]]), _RADIUS)[None]
    full = torch.empty_like(brightest)
    for strip in row_strips(height, rows_of(_STRIP, width)):
        run.progress(0.8 + 0.1 * strip.rows.start / height, "estimating the light")
        slopes, offsets = enlarged_rows(lines, factor, strip.rows, width)[0]
        full[strip.place] = slopes.mul_(brightest[strip.place]).add_(offsets)
    return full


def _denoised(image: Tensor, light: Tensor, params: LimeParams, run: Run) -> Tensor:
    """Return the photo with noise removed where it is dark (Guo 2017, section II-F).

    Before the light is divided out, not after: there the noise is the same everywhere, as denoisers expect.
    """
    run.progress(0.9, "removing noise", until=1.0)
    smooth = run.call(params.denoiser, image, {"sigma": params.sigma}).image
    assert smooth is not None  # the host has refused a denoiser without a picture
    return torch.lerp(smooth, image, light)


def _map(light: Tensor) -> Map:
    return Map(
        name="illumination", values=light[:, 0], kind="estimate", unit="share", colormap="magma",
        meaning="How much light is thought to fall on each place; low is in shadow and is lifted.",
    )
