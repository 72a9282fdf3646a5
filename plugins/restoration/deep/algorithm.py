"""The learnt denoiser: one pass of its network, which is told the noise or finds it."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.noise import noise_report
from plugins.restoration.common.denoising import NO_NOISE
from plugins.restoration.deep.descriptor import NETWORK, DeepDenoiserParams

_UNTOLD = -1.0  # what the network takes for "find it yourself"


def run(images: Tensor, params: DeepDenoiserParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept.

    The map is the standard deviation of the error that the network expects, in levels: the root of the mean over the
    channels of its variances.
    """
    run.check()
    finds_itself = params.removed == "any"
    levels = images.new_tensor(run.prepared).view(-1, 1, 1, 1)
    told = torch.full_like(levels, _UNTOLD) if finds_itself else levels / 255.0
    plane = told.expand(-1, 1, *images.shape[-2:])
    mean, deviation = run.network(NETWORK)(torch.cat([images, plane], dim=1)).chunk(2, dim=1)
    has_noise = 1.0 if finds_itself else (levels >= NO_NOISE).to(images)
    spread = Map(
        name="expected error",
        values=255.0 * (has_noise * deviation.detach()).square().mean(1).sqrt(),
        kind="uncertainty",
        unit="levels",
        meaning="How far the denoised value may be off, as a standard deviation, by the network's own reckoning.",
    )
    reports = [] if finds_itself else [noise_report(sigma, params.sigma) for sigma in run.prepared]
    return Result(
        image=images + has_noise * (params.strength / 100.0) * (mean - images), maps=[spread], reports=reports
    )
