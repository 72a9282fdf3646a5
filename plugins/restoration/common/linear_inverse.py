"""Wiener's filter for a plane and a kernel: how strong it has to be, and what lies around the plane.

The sharp photo's power is a power law of the frequency, as natural photos have it (Field 1987), whose two numbers are
fitted to the blurred photo. What lies outside the photo is taken from the estimate, blurred, and the filter applied
again, ever less cautiously (Reeves 2005): with a long blur what came in over the borders costs more than the noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.numerics.fourier import Frame, filtered, gradient_power, spectrum_of, transfer_function
from desktop_app.numerics.spectra import power_law, sampled_spectrum
from plugins.restoration.common.deblurring import framed

__all__ = ["LinearInverse", "fitted_inverse"]

_KERNEL_PER_STEP = 4  # pixels: the longer the blur, the more of the photo its border spoils
_MOST_STEPS = 10
_PERIODS = 4  # of a filter's side: what leaves it on one side comes in on the other
_FIRST_STRENGTH = 300.0  # times the noise: what is coarse has to be right outside before what is fine can be


@dataclass(frozen=True)
class LinearInverse:
    """A blurred plane in its frame, and the filter that undoes the blur with the least squared error.

    Parameters
    ----------
    frame : Frame
        Around the plane.
    spectrum : Tensor
        ``(H', W' // 2 + 1)`` complex, of the plane with what surrounds it.
    transfer : Tensor
        Of the kernel, likewise.
    scale, exponent : float
        Noise over signal is ``scale · |D(f)|^(2 exponent)``.
    """

    frame: Frame
    spectrum: Tensor
    transfer: Tensor
    scale: float
    exponent: float

    @property
    def filter(self) -> Tensor:
        """Return ``M* / (|M|² + σ² / S)`` (Wiener 1949), as the spectrum."""
        return _inverse(self.transfer, self.share(self.frame.size))

    def share(self, size: tuple[int, int]) -> Tensor:
        """Return the noise's power over the sharp photo's, ``(height, width // 2 + 1)`` of a frame of any size."""
        return gradient_power(size, self.spectrum.device).pow_(self.exponent).mul_(self.scale)

    def compact(self, kernel: Tensor, side: int) -> Tensor:
        """Return the middle ``(side, side)`` of the filter in pixels for the kernel ``(h, w)``; its sum is one."""
        period = (_PERIODS * side + 1) // 2 * 2
        size, first = (period, period), (period - side) // 2 + 1
        found: Tensor = torch.fft.irfft2(_inverse(transfer_function(kernel, size), self.share(size)), s=size)
        middle = found.roll((first + side // 2,) * 2, (0, 1))[first : first + side, first : first + side]
        return middle / middle.sum()


def fitted_inverse(
    plane: Tensor, kernel: Tensor, noise: float, strength: float, progress: Callable[[float], None]
) -> LinearInverse:
    """Return the filter for a plane ``(H, W)`` float32 and a kernel ``(h, w)``, its surroundings found.

    Parameters
    ----------
    noise : float
        Variance of the noise, of values in [0, 1].
    strength : float
        What the noise over the signal is multiplied with.
    progress : callable
        Told how far the work is, 0 to 1; may raise to stop.
    """
    frame, transfer, known = framed(plane, kernel)
    spectrum = spectrum_of(known)
    progress(0.5)
    scale, exponent = power_law(sampled_spectrum(spectrum, transfer, frame.size), noise)
    found = LinearInverse(frame, spectrum, transfer, strength * noise / scale, exponent)
    share = found.share(frame.size)
    steps = min(max(kernel.shape) // _KERNEL_PER_STEP, _MOST_STEPS)
    for step in range(steps):
        progress(0.5 + 0.5 * step / steps)
        spectrum.mul_(_inverse(transfer, _FIRST_STRENGTH ** (1.0 - step / steps) * share))
        spectrum.copy_(spectrum_of(frame.refill(plane, filtered(spectrum, transfer, frame.size))))
    return found


def _inverse(transfer: Tensor, share: Tensor) -> Tensor:
    power = transfer.real.square().addcmul_(transfer.imag, transfer.imag)
    return transfer.conj().div(power.add_(share).clamp_min_(1e-12))
