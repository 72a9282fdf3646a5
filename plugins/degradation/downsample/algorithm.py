"""Fewer pixels: y = D M ⊗ x with MATLAB's antialiased bicubic as the blur M, and every factor-th pixel kept by D."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.resize import downsample_bicubic
from plugins.degradation.downsample.descriptor import DownsampleParams


def run(images: Tensor, params: DownsampleParams, run: Run) -> Result:
    """Make photos smaller; sizes that the factor does not divide are rounded up.

    Photos are ``(N, C, H, W)`` float32; values outside [0, 1] are kept.
    """
    run.check()
    return Result(image=downsample_bicubic(images, params.factor) if params.factor > 1 else images.clone())
