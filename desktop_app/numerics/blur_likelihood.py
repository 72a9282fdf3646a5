"""How well a kernel explains what is missing from a photo's spectrum.

Sharp photos have a spectrum that falls off smoothly, as a power of frequency. Where a kernel lets little through, the
spectrum of the photo that it has blurred has a dent. A kernel that was not there predicts dents where none are, and a
photo that is not blurred has none to explain.

Two rulers tell how smoothly: a plain power of frequency compares kernels best, and a surface that also bends and
depends on direction tells a photo without blur. Sharp photos are softer at their finest detail and steeper across their
horizons than a power says, and a wide kernel explains both; it does not where the surface has already done so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.numerics.fourier import gradient_power, transfer_function

__all__ = ["dents_explained", "log_likelihoods"]

_EXPONENTS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)  # of 1 / |D|²; photos have about 1
_STEPS = 20  # of Newton's method, for the amplitude
_LOWEST_FREQUENCY = 0.01  # |D|² below which the taper and the photo's own mean hold sway
_LEAKAGE = 1e-3  # share that even the zeros of a kernel let through: none is exact, and tapers smear
_ROUNDING = 0.5  # levels of noise in every photo
_FEWEST = 200  # frequencies above the noise, from which a surface of ten coefficients can be told
_SURFACE_STEPS = 20  # of Fisher scoring, for these
_LEAST_DAMPING = 0.01  # of its steps, relative; more after every step that led astray


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
        Each ``(k, k)`` of unit sum; k may differ. A single one ``(1, 1)`` stands for no blur, ``(n, k, k)`` for a blur
        that differs from place to place.
    sigma : float
        Noise in 8-bit levels.

    References
    ----------
    Whittle 1953, Estimation and information in stationary time series, doi:10.1007/BF02590998; for photos of unknown
    blur: Levin, Weiss, Durand, Freeman 2011, Understanding blind deconvolution algorithms, section 2,
    doi:10.1109/TPAMI.2011.148
    """
    seen = _Seen.of(plane, sigma)
    if not len(seen.power):
        return [0.0] * len(kernels)
    return [_best_fit(seen.power, seen.passed(k), seen.steepness, seen.noise)[1] for k in kernels]


def dents_explained(plane: Tensor, kernel: Tensor, sigma: float) -> float:
    """Return how much likelier a kernel makes the spectrum of a photo than no blur, in nats a frequency.

    As `log_likelihoods`, but the sharp photo's log-spectrum may be any sum of ``1, log |D|², |D|²`` and the waves of
    period π and π/2 over the direction, as they are and times ``log |D|²``: what is left to the kernel are the dents.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)``, values in [0, 1].
    kernel : Tensor
        ``(k, k)`` of unit sum, or ``(n, k, k)`` where the blur differs from place to place.
    sigma : float
        Noise in 8-bit levels.
    """
    seen = _Seen.of(plane, sigma)
    if len(seen.power) < _FEWEST:
        return 0.0
    surface = seen.surface()
    plain, blurred = (_surface_fit(seen, seen.passed(k), surface) for k in (plane.new_ones(1, 1), kernel))
    return blurred - plain


@dataclass(frozen=True)
class _Seen:
    """The frequencies at which a photo stands out from its noise: power and ``|D|²`` there, ``(F,)`` each."""

    power: Tensor
    steepness: Tensor
    noise: float
    places: Tensor
    size: tuple[int, int]

    @classmethod
    def of(cls, plane: Tensor, sigma: float) -> _Seen:
        size = (plane.shape[-2], plane.shape[-1])
        power, steepness = _periodogram(plane), gradient_power(size, plane.device)
        noise = (max(sigma, _ROUNDING) / 255.0) ** 2
        places = steepness > _LOWEST_FREQUENCY
        seen = cls(power[places], steepness[places], noise, places, size)
        plain, _ = _best_fit(seen.power, seen.passed(plane.new_ones(1, 1)), seen.steepness, noise)
        places = places.clone()
        places[places.clone()] = plain > 2.0 * noise
        return cls(power[places], steepness[places], noise, places, size)

    def passed(self, kernel: Tensor) -> Tensor:
        """Return the share of power ``(F,)`` that a kernel lets through, or several at their places on average."""
        power = transfer_function(kernel, self.size).abs().square()
        return power.view(-1, *power.shape[-2:]).mean(0)[self.places] + _LEAKAGE

    def surface(self) -> Tensor:
        """Return the shapes ``(F, 10)`` whose sums are smooth log-spectra."""
        rows, columns = torch.fft.fftfreq(self.size[0]), torch.fft.rfftfreq(self.size[1])
        angle = torch.atan2(rows[:, None], columns).to(self.power)[self.places]
        height = self.steepness.log()
        waves = [(2.0 * angle).cos(), (2.0 * angle).sin(), (4.0 * angle).cos()]
        bent = [torch.ones_like(height), height, self.steepness]
        return torch.stack([*bent, *waves, (4.0 * angle).sin(), *(height * wave for wave in waves)], dim=1)


def _periodogram(plane: Tensor) -> Tensor:
    rows, columns = (torch.hann_window(length, periodic=False).to(plane) for length in plane.shape)
    taper = rows[:, None] * columns
    spectrum = torch.fft.rfft2((plane - plane.mean()) * taper)
    power: Tensor = spectrum.abs().square() / taper.square().sum()
    return power


def _surface_fit(seen: _Seen, passed: Tensor, surface: Tensor) -> float:
    """Return the log-likelihood under the best smooth log-spectrum, found by Fisher scoring that never goes back."""

    def expected(weights: Tensor) -> Tensor:
        return passed * (surface @ weights).clamp(-30.0, 30.0).exp() + seen.noise

    weights = surface.new_zeros(surface.shape[1])
    weights[0], weights[1] = (seen.power.mean() / (passed / seen.steepness).mean()).log(), -1.0
    most, power, damping = _likelihood(seen.power, expected(weights)), expected(weights), _LEAST_DAMPING
    for _ in range(_SURFACE_STEPS):
        scaled = surface * (1.0 - seen.noise / power)[:, None]
        curvature = scaled.T @ scaled
        curvature.diagonal().mul_(1.0 + damping).add_(1.0)
        further = weights + torch.linalg.solve(curvature, scaled.T @ (seen.power / power - 1.0))
        value = _likelihood(seen.power, expected(further))
        if value > most:
            most, weights, power, damping = value, further, expected(further), max(damping / 4.0, _LEAST_DAMPING)
        else:
            damping *= 8.0
    return most


def _likelihood(power: Tensor, expected: Tensor) -> float:
    return -float((expected.log() + power / expected).mean())


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
    return expected, _likelihood(power, expected)
