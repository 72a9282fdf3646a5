"""How well a kernel explains what is missing from a photo's spectrum.

Sharp photos have a spectrum that falls off smoothly, as a power of frequency. Where a kernel lets little through, the
spectrum of the photo that it has blurred has a dent. A kernel that was not there predicts dents where none are, and a
photo that is not blurred has none to explain.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from desktop_app.api.numerics.fourier import gradient_power, transfer_function

_EXPONENTS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)  # of 1 / |D|²; photos have about 1
_STEPS = 20  # of Newton's method, for the amplitude
_LOWEST_FREQUENCY = 0.01  # |D|² below which the taper and the photo's own mean hold sway
_LEAKAGE = 1e-3  # share that even the zeros of a kernel let through: none is exact, and tapers smear
_ROUNDING = 0.5  # levels of noise in every photo


def log_likelihoods(plane: Tensor, kernels: Sequence[Tensor], sigma: float) -> list[float]:
    """Return how likely the spectrum of a photo is under each of several kernels, in nats a frequency.

    The spectrum is taken for independent complex Gaussians of variance ``c |D|^(-2γ) |M|² + σ²`` (Whittle's
    likelihood), with the amplitude c and the exponent γ that are best for each kernel. Only those frequencies count
    at which the photo stands out from its noise.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)``, values in [0, 1].
    kernels : sequence of Tensor
        Each ``(k, k)`` of unit sum; k may differ. A single one ``(1, 1)`` stands for no blur.
    sigma : float
        Noise in 8-bit levels.

    References
    ----------
    Whittle 1953, Estimation and information in stationary time series, doi:10.1007/BF02590998; for photos of unknown
    blur: Levin, Weiss, Durand, Freeman 2011, Understanding blind deconvolution algorithms, section 2,
    doi:10.1109/TPAMI.2011.148
    """
    power = _periodogram(plane)
    steepness = gradient_power((plane.shape[-2], plane.shape[-1]), plane.device)
    noise = (max(sigma, _ROUNDING) / 255.0) ** 2
    point = plane.new_ones(1, 1)
    places = steepness > _LOWEST_FREQUENCY
    plain, _ = _best_fit(power[places], _passed(point, plane)[places], steepness[places], noise)
    counted = places.clone()
    counted[places] = plain > 2.0 * noise
    if not bool(counted.any()):
        return [0.0] * len(kernels)
    fits = [_best_fit(power[counted], _passed(k, plane)[counted], steepness[counted], noise) for k in kernels]
    return [likelihood for _, likelihood in fits]


def _periodogram(plane: Tensor) -> Tensor:
    rows, columns = (torch.hann_window(length, periodic=False).to(plane) for length in plane.shape)
    taper = rows[:, None] * columns
    spectrum = torch.fft.rfft2((plane - plane.mean()) * taper)
    power: Tensor = spectrum.abs().square() / taper.square().sum()
    return power


def _passed(kernel: Tensor, plane: Tensor) -> Tensor:
    return transfer_function(kernel, (plane.shape[-2], plane.shape[-1])).abs().square() + _LEAKAGE


def _best_fit(power: Tensor, passed: Tensor, steepness: Tensor, noise: float) -> tuple[Tensor, float]:
    """Return the expected power at every frequency, and the log-likelihood of what was found there."""
    fits = [_fit(power, passed * steepness**-exponent, noise) for exponent in _EXPONENTS]
    return max(fits, key=lambda fit: fit[1])


def _fit(power: Tensor, shape: Tensor, noise: float) -> tuple[Tensor, float]:
    """Find the amplitude by Fisher scoring on its logarithm."""
    amplitude = ((power - noise).sum() / shape.sum()).clamp_min(1e-12).log()
    for _ in range(_STEPS):
        signal = amplitude.exp() * shape
        share, excess = signal / (signal + noise), power / (signal + noise) - 1.0
        amplitude = amplitude + ((share * excess).sum() / share.square().sum().clamp_min(1e-6)).clamp(-1.0, 1.0)
    expected = amplitude.exp() * shape + noise
    return expected, -float((expected.log() + power / expected).mean())
