"""Wiener's filter: the linear estimate with the least squared error, frequency by frequency.

Inverts ``y = M ⊗ x + e`` with white noise e of standard deviation σ. The sharp photo's power is a power law of the
frequency, as natural photos have it (Field 1987), whose two numbers are fitted to the blurred photo. What lies outside
the photo is taken from the estimate, blurred, and the filter applied again, ever less cautiously (Reeves 2005): with a
long blur what came in over the borders costs more than the noise.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.fourier import filtered, gradient_power, image_of, spectrum_of
from desktop_app.numerics.spectra import power_law, sampled_spectrum
from plugins.restoration.common.deblurring import deblur, framed
from plugins.restoration.wiener.descriptor import WienerParams

_KERNEL_PER_STEP = 4  # pixels: the longer the blur, the more of the photo its border spoils
_MOST_STEPS = 10
_FIRST_STRENGTH = 300.0  # times the noise: what is coarse has to be right outside before what is fine can be


def run(images: Tensor, params: WienerParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """

    def solve(plane: Tensor, kernel: Tensor, sigma: float, progress: Callable[[float], None]) -> Tensor:
        return _filter(plane, kernel, (sigma / 255.0) ** 2, params.strength**2, progress)

    return deblur(images, params, params.sigma, run, solve)


def _filter(
    plane: Tensor, kernel: Tensor, noise: float, strength: float, progress: Callable[[float], None]
) -> Tensor:
    frame, transfer, known = framed(plane, kernel)
    spectrum = spectrum_of(known)
    progress(0.5)
    scale, exponent = power_law(sampled_spectrum(spectrum, transfer, frame.size), noise)
    # M* / (|M|² + σ² / S) with S = A |D|^(-2p): the noise over the expected power (Wiener 1949)
    share = gradient_power(frame.size, plane.device).pow_(exponent).mul_(strength * noise / scale)
    power = transfer.real.square().addcmul_(transfer.imag, transfer.imag)
    steps = min(max(kernel.shape) // _KERNEL_PER_STEP, _MOST_STEPS)
    for step in range(steps):
        progress(0.5 + 0.5 * step / steps)
        spectrum.mul_(_inverse(transfer, power, share, _FIRST_STRENGTH ** (1.0 - step / steps)))
        spectrum = spectrum_of(frame.refill(plane, filtered(spectrum, transfer, frame.size)))
    restored: Tensor = image_of(spectrum.mul_(_inverse(transfer, power, share, 1.0)), frame.size)
    return frame.crop(restored)


def _inverse(transfer: Tensor, power: Tensor, share: Tensor, strength: float) -> Tensor:
    return transfer.conj().div(torch.add(power, share, alpha=strength).clamp_min_(1e-12))
