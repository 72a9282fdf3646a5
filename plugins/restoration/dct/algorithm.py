"""Sliding DCT: every patch, at every pixel, keeps its strong frequencies; patches are averaged (Yu and Sapiro 2011).

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ. A second stage weighs the frequencies as a
Wiener filter would, with the first result for the truth (Ghael 1997).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import repeat

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.opponent import from_opponent, to_opponent
from desktop_app.numerics.sliding_dct import denoise_plane, threshold_patches
from plugins.restoration.common.denoising import denoised
from plugins.restoration.dct.descriptor import DctParams


def run(images: Tensor, params: DctParams, run: Run) -> Result:
    """Denoise photos; colours are turned into lightness and two opponents (section 2.3).

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    """
    return denoised(images, params, run.prepared, repeat(partial(_denoise, params=params, run=run)))


def _denoise(image: Tensor, sigma: float, params: DctParams, run: Run) -> Tensor:
    planes = to_opponent(image)
    count = len(planes)
    restored = [
        _denoise_plane(plane[None], sigma / 255.0, params, partial(_tell, run, index / count, 1.0 / count))
        for index, plane in enumerate(planes)
    ]
    return from_opponent(torch.cat(restored))


def _tell(run: Run, begin: float, share: float, done: float) -> None:
    run.progress(begin + share * done, "filtering patches")


def _denoise_plane(plane: Tensor, noise_std: float, params: DctParams, told: Callable[[float], None]) -> Tensor:
    """Set weak frequencies to zero (eq. 3); a patch weighs the less the more it keeps (Guleryuz 2007)."""
    if params.stages == "first":
        return threshold_patches(plane, params.patch_size, params.strength * noise_std, told)
    return denoise_plane(plane, params.patch_size, params.strength, noise_std, told)
