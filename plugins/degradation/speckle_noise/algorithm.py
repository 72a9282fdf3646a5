"""Speckle noise: y = x + x·e, e ~ N(0, s²), not clipped."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.speckle_noise.descriptor import SpeckleNoiseParams


def run(images: Tensor, params: SpeckleNoiseParams, run: Run) -> Result:
    """Multiply photos by noise about 1.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide the noise.
    """
    run.check()
    return Result(image=images * run.randn(images).mul_(params.contrast / 100.0).add_(1.0))
