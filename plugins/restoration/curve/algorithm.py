"""Curves for each place of a photo: found on a small copy, applied to the large one."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.filters import enlarged_rows, reduce
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.common.lowlight import colour_lost, without_false_colour
from plugins.restoration.curve.descriptor import NETWORK, CurveParams
from plugins.restoration.curve.network import ITERATIONS, MOST, bent

_SIDE = 256  # pixels of the copy's longer side: about those that the network learnt from
_STRIP = 1 << 16  # pixels
_TOE = 6.0 / 255.0  # luminance that is lifted half as far as the curves go: below it is noise of compressing, not light


def run(images: Tensor, params: CurveParams, run: Run) -> Result:
    """Bend the tones of photos ``(N, C, H, W)`` with C 1 or 3, float32; values outside [0, 1] are kept.

    The map is the mean of the eight curves' parameters, which says how far each place was brightened.
    """
    run.progress(0.0, "looking for curves")
    factor = ceil(max(images.shape[-2:]) / _SIDE)
    curves = run.network(NETWORK)(reduce(images, factor).clamp(0.0, 1.0)) * (params.strength / 100.0)
    if images.shape[1] == 1:
        curves = curves.view(len(curves), ITERATIONS, 3, *curves.shape[-2:]).mean(2)
    calm = images if params.denoiser == "none" else _denoised(images, params, run)
    height, width = images.shape[-2:]
    lost = colour_lost(images)
    found, lifts = [], []
    for strip in row_strips(height, rows_of(_STRIP, width)):
        run.progress(0.8 + 0.2 * strip.rows.start / height, "bending tones")
        here = enlarged_rows(curves, factor, strip.rows, width)
        lift = here.mean(1, keepdim=True)
        photo = torch.lerp(images[..., strip.place, :], calm[..., strip.place, :], lift / MOST)
        found.append(_lifted(photo, bent(photo, here), lost[..., strip.place, :]))
        lifts.append(lift.detach()[:, 0])
    bends = Map(
        name="curve", values=torch.cat(lifts, dim=1), kind="estimate", unit="share", colormap="magma",
        meaning="How far the tones of each place are bent: 0 not at all, 0.6 as far as the curves go.",
    )
    return Result(image=torch.cat(found, dim=2), maps=[bends])


def _lifted(photo: Tensor, bright: Tensor, lost: Tensor) -> Tensor:
    """Return bent tones with a toe, so that black stays deep, and without colours that compressing has made up."""
    luma = luminance(photo).clamp(min=0.0)
    return torch.lerp(photo, without_false_colour(photo, bright, lost), luma / (luma + _TOE))


def _denoised(images: Tensor, params: CurveParams, run: Run) -> Tensor:
    """Return photos without noise; before they are brightened, for there it is the same everywhere."""
    run.progress(0.1, "removing noise", until=0.8)
    calm = run.call(params.denoiser, images, {"sigma": params.sigma}).image
    assert calm is not None  # the host has refused a denoiser without a picture
    return calm
