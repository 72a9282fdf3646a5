"""The learnt denoiser: one pass of its network, which knows the noise or finds it."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.restoration.deep.descriptor import NETWORK, DeepDenoiserParams

_UNTOLD = -1.0  # what the network takes for "find it yourself"


def run(images: Tensor, params: DeepDenoiserParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)`` with C 1 or 3.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    params : DeepDenoiserParams
        Noise in 8-bit levels, strength in per cent.
    run : Run
        The network, cancellation.

    Returns
    -------
    Result
        The photos, and the standard deviation of their error that the network expects, in levels, as a map.
    """
    run.check()
    noise = images.new_full((), _UNTOLD if params.sigma is None else params.sigma / 255.0)
    plane = noise.expand(len(images), 1, *images.shape[-2:])
    mean, deviation = run.network(NETWORK)(torch.cat([images, plane], dim=1)).chunk(2, dim=1)
    spread = Map(
        name="expected error",
        values=255.0 * deviation.detach().square().mean(1).sqrt(),
        kind="uncertainty",
        unit="levels",
        meaning="How far the denoised value may be off, as a standard deviation, by the network's own reckoning.",
    )
    return Result(image=images + (params.strength / 100.0) * (mean - images), maps=[spread])
