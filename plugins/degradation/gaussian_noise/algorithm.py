"""Additive white Gaussian noise: y = x + e, e ~ N(0, σ²), not clipped."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.gaussian_noise.descriptor import GaussianNoiseParams


def run(images: Tensor, params: GaussianNoiseParams, run: Run) -> Result:
    """Add noise to photos; values that leave [0, 1] are kept.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide the noise.
    """
    run.check()
    noise = run.randn(images[:, :1] if params.colour == "grey" else images)
    return Result(image=images + noise * (params.sigma / 255.0))
