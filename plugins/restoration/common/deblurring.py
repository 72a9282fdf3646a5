"""What every method for a known blur does around its own solution of ``y = M ⊗ x + e``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.api.results import Result
from desktop_app.api.run import Run
from desktop_app.numerics.fourier import Frame, transfer_function
from desktop_app.numerics.kernels import checked_kernel, defocus_kernel, gaussian_kernel, motion_kernel
from desktop_app.numerics.noise import donoho_sigma
from plugins.restoration.common.blurs import BlurParams

Solve = Callable[[Tensor, Tensor, float, Callable[[float], None]], Tensor]
"""Gets a plane ``(H, W)``, its kernel ``(h, w)``, σ in 8-bit levels and where to report progress; gives the plane."""

_SMALLEST_SIDE = 8  # pixels; in less there is nothing to be sharpened
_KERNEL_ERROR = 1.5  # levels: no kernel is exact, and what it misses looks like noise
_EXACT = 0.1  # levels: below, rounding is stronger


def deblur(images: Tensor, params: BlurParams, sigma: float | None, run: Run, solve: Solve) -> Result:
    """Return photos sharpened plane by plane; those with a side below 8 pixels, or without a blur, as they are.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32; values outside [0, 1] are kept.
    params : BlurParams
        The blur, for want of the input ``kernel``.
    sigma : float or None
        Noise in 8-bit levels; None to have it estimated.
    run : Run
        Inputs, progress, cancellation.
    solve : Solve
        The method.

    Raises
    ------
    ParameterError
        If the kernel is larger than the photo, not finite, or its sum not positive.
    """
    run.check()
    if min(images.shape[-2:]) < _SMALLEST_SIDE:
        return Result(image=images.clone())
    kernels = kernels_for(images, params, run.inputs)
    sigmas = [assumed_noise(image, sigma) for image in images]
    restored, count = torch.empty_like(images), images.shape[0] * images.shape[1]
    with torch.no_grad():
        for place in range(count):
            index, channel = divmod(place, images.shape[1])
            progress = _Part(run, place, count)
            progress(0.0)
            plane, kernel = images[index, channel], kernels[index]
            restored[index, channel] = (
                plane if kernel.numel() == 1 else solve(plane, kernel, sigmas[index], progress)
            )
    reports = [{"sigma": level, "sigma_is_estimated": sigma is None} for level in sigmas]
    return Result(image=restored, reports=reports)


@dataclass(frozen=True)
class _Part:
    """Reports one plane's progress as its part of the whole."""

    run: Run
    place: int
    count: int

    def __call__(self, done: float) -> None:
        self.run.progress((self.place + done) / self.count)


def assumed_noise(image: Tensor, sigma: float | None) -> float:
    """Return the noise in 8-bit levels that a deconvolution of a photo ``(C, H, W)`` reckons with.

    As given, but no less than rounding; else estimated, together with what an inexact kernel leaves.
    """
    if sigma is not None:
        return max(sigma, _EXACT)
    return float((donoho_sigma(image) ** 2 + _KERNEL_ERROR**2) ** 0.5)


def made_kernel(params: BlurParams) -> Tensor:
    """Return the kernel that a tool's parameters describe, ``(h, w)`` float32."""
    if params.shape == "motion":
        return motion_kernel(params.length, params.angle)
    return defocus_kernel(params.radius) if params.shape == "defocus" else gaussian_kernel(params.spread)


def kernels_for(images: Tensor, params: BlurParams, inputs: Mapping[str, Tensor]) -> list[Tensor]:
    """Return one kernel per photo: the input named ``kernel`` where it is given, else made from the parameters.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)``.
    params : BlurParams
        The kernel's shape, for want of the input.
    inputs : mapping of str to Tensor
        ``run.inputs``; a kernel is ``(N or 1, C, h, w)``.

    Raises
    ------
    ParameterError
        As `checked_kernel`.
    """
    height, width = images.shape[-2:]
    given = inputs.get("kernel")
    if given is None:
        given = made_kernel(params)[None, None]
    kernels = [checked_kernel(kernel, height, width).to(images) for kernel in given]
    return kernels * len(images) if len(kernels) == 1 else kernels


def framed(plane: Tensor, kernel: Tensor) -> tuple[Frame, Tensor, Tensor]:
    """Return the frame of an inverse filter, the kernel's transfer function in it, and the plane softened into it.

    The plane is ``(H, W)``, the kernel ``(h, w)``; both float32.
    """
    frame = Frame.for_inverse(plane, kernel)
    transfer = transfer_function(kernel, frame.size)
    return frame, transfer, frame.soften(plane, frame.lay(plane), transfer)
