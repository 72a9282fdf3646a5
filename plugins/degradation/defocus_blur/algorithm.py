"""Defocus blur: y = M ⊗ x with a disc as the kernel M."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.kernels import defocus_kernel
from plugins.degradation.defocus_blur.descriptor import DefocusBlurParams


def run(images: Tensor, params: DefocusBlurParams, run: Run) -> Result:
    """Blur photos by a disc; the kernel is kept as an artifact for deblurring.

    Photos are ``(N, C, H, W)`` float32. A radius of up to half a pixel blurs nothing.
    """
    kernel = defocus_kernel(params.radius)
    image = blurred(images, kernel, run.check)
    return Result(image=image, artifacts={"kernel": kernel.expand(len(images), 1, *kernel.shape)})
