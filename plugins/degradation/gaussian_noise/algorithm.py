"""Additive white Gaussian noise: y = x + e, e ~ N(0, σ²), not clipped."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.gaussian_noise.descriptor import GaussianNoiseParams


def run(images: Tensor, params: GaussianNoiseParams, run: Run) -> Result:
    """Add noise to photos ``(N, C, H, W)``; values that leave [0, 1] are kept.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    params : GaussianNoiseParams
        Standard deviation in 8-bit levels; noise of each channel's own, or the same for all.
    run : Run
        Its seeds decide the noise.
    """
    run.check()
    noise = run.randn(images[:, :1] if params.colour == "grey" else images)
    return Result(image=images + noise * (params.sigma / 255.0))
