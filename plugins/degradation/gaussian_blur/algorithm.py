"""Gaussian blur: y = M ⊗ x with a Gaussian as the kernel M, cut off after four standard deviations."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.filters import gaussian_blur
from desktop_app.numerics.kernels import gaussian_kernel
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.degradation.gaussian_blur.descriptor import GaussianBlurParams, reach

_STRIP = 1 << 18  # pixels between two looks at whether to stop


def run(images: Tensor, params: GaussianBlurParams, run: Run) -> Result:
    """Blur photos; the kernel is kept as an artifact for deblurring.

    Photos are ``(N, C, H, W)`` float32.
    """
    far, (height, width) = reach(params), images.shape[-2:]
    parts = []
    for strip in row_strips(height, rows_of(_STRIP, width, far), far):
        run.progress(strip.place.start / height)
        parts.append(gaussian_blur(images[..., strip.read, :], params.spread)[..., strip.core, :])
    kernel = gaussian_kernel(params.spread)
    return Result(image=torch.cat(parts, 2), artifacts={"kernel": kernel.expand(len(images), 1, *kernel.shape)})
