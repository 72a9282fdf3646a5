"""Wiener's filter: the linear estimate with the least squared error, frequency by frequency.

Inverts ``y = M ⊗ x + e`` with white noise e of standard deviation σ. The sharp photo's power is a power law of the
frequency, as natural photos have it (Field 1987), whose two numbers are fitted to the blurred photo.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.fourier import gradient_power, image_of, spectrum_of
from desktop_app.numerics.spectra import power_law, sampled_spectrum
from plugins.restoration.common.deblurring import deblur, framed
from plugins.restoration.wiener.descriptor import WienerParams


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
    inverse = gradient_power(frame.size, plane.device).pow_(exponent).mul_(strength * noise / scale)
    inverse.addcmul_(transfer.real, transfer.real).addcmul_(transfer.imag, transfer.imag).clamp_min_(1e-12)
    spectrum.mul_(transfer.conj()).mul_(inverse.reciprocal_())
    restored: Tensor = image_of(spectrum, frame.size)
    return frame.crop(restored)
