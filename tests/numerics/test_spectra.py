"""The strength of a regularisation, read off a spectrum whose law is known."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.fourier import gradient_power, image_of, spectrum_of, transfer_function
from desktop_app.numerics.kernels import gaussian_kernel
from desktop_app.numerics.spectra import least_risk_weight, power_law, sampled_spectrum

SIZE = (256, 240)
SIGMA = 0.01


def made_photo(scale: float, exponent: float) -> torch.Tensor:
    """Return a random photo whose power is ``scale · |D|^(-2 · exponent)``."""
    steepness = gradient_power(SIZE).clamp_min(1e-6)
    white = torch.randn(SIZE, generator=torch.Generator().manual_seed(0))
    return image_of(spectrum_of(white) * (scale * steepness**-exponent).sqrt(), SIZE)


@pytest.mark.parametrize("exponent", [1.0, 1.5])
def test_the_law_of_a_blurred_noisy_photo_is_found(exponent: float) -> None:
    transfer = transfer_function(gaussian_kernel(1.0), SIZE)
    blurred = image_of(spectrum_of(made_photo(0.01, exponent)) * transfer, SIZE)
    noisy = blurred + SIGMA * torch.randn(SIZE, generator=torch.Generator().manual_seed(1))
    scale, found = power_law(sampled_spectrum(spectrum_of(noisy), transfer, SIZE), SIGMA**2)
    assert found == pytest.approx(exponent, abs=0.25)
    assert 0.005 < scale < 0.02


def test_the_weight_of_least_risk_is_near_the_best() -> None:
    transfer, sharp = transfer_function(gaussian_kernel(1.5), SIZE), made_photo(0.01, 1.0)
    blurred = image_of(spectrum_of(sharp) * transfer, SIZE)
    spectrum = spectrum_of(blurred + SIGMA * torch.randn(SIZE, generator=torch.Generator().manual_seed(2)))

    def error(weight: float) -> float:
        inverse = transfer.conj() / (transfer.abs().square() + weight * gradient_power(SIZE))
        return float((image_of(spectrum * inverse * transfer, SIZE) - blurred).square().mean())

    weight = least_risk_weight(sampled_spectrum(spectrum, transfer, SIZE), SIGMA**2, 1)
    assert error(weight) < 1.1 * min(error(4.0**power) for power in range(-12, 4))


def test_a_sample_never_holds_the_mean_and_is_always_the_same() -> None:
    spectrum = torch.zeros(6, 4, dtype=torch.complex64)
    spectrum[0, 0] = 1e6
    sample = sampled_spectrum(spectrum, torch.ones_like(spectrum), (6, 6))
    assert float(sample.power.max()) == 0.0
    assert float(sample.steepness.min()) > 0.0
