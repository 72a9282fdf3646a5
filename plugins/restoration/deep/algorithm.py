"""The learnt denoiser: one pass of its network, which is told the noise or finds it."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise import NO_NOISE, noise_report
from plugins.restoration.common.learnt import doubt
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
    reports = [] if finds_itself else [noise_report(sigma, params.sigma) for sigma in run.prepared]
    restored = images + has_noise * (params.strength / 100.0) * (mean - images)
    return Result(image=restored, maps=[doubt(has_noise * deviation)], reports=reports)
