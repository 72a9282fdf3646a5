"""Motion blur: y = M ⊗ x with the kernel M of a straight line, even or fading."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blurring import blurred, centred_in, streak_kernel
from desktop_app.numerics.kernels import motion_kernel
from desktop_app.numerics.noise_fields import uniform
from plugins.degradation.motion_blur.descriptor import MotionBlurParams

_WIDEST = 45.0  # degrees from the horizontal, of an angle that is drawn


def run(images: Tensor, params: MotionBlurParams, run: Run) -> Result:
    """Blur photos along a line; the kernel is kept as an artifact for deblurring.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide the angle when none is given.
    """
    angles = [_angle(params, generator) for generator in run.generators()]
    kernels = [_kernel(params, angle) for angle in angles]
    pairs = zip(images, kernels, strict=True)
    image = torch.cat([blurred(image[None], kernel, run.check) for image, kernel in pairs])
    shown = torch.stack([centred_in(kernel, 2 * ceil(params.length) + 3) for kernel in kernels])
    return Result(image=image, reports=[{"angle": angle} for angle in angles], artifacts={"kernel": shown[:, None]})


def _angle(params: MotionBlurParams, generator: torch.Generator) -> float:
    drawn = float(uniform((1,), generator, -_WIDEST, _WIDEST))
    return drawn if params.angle is None else params.angle


def _kernel(params: MotionBlurParams, angle: float) -> Tensor:
    if params.fade == 0:
        return motion_kernel(params.length, angle)
    return streak_kernel(params.length, params.fade, angle)
