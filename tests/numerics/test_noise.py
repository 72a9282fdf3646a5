"""Estimates of noise, against noise that is known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.noise import (
    PoissonGaussian,
    donoho_sigma,
    estimate_poisson_gaussian,
    estimate_sigma,
    noise_report,
)
from tests.support.photos import SharedPhotos, grey_photo


def with_noise(image: Tensor, sigma: float) -> Tensor:
    return image + sigma / 255 * torch.randn(image.shape, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("estimate", [donoho_sigma, estimate_sigma])
@pytest.mark.parametrize("sigma", [1.0, 10.0, 80.0])
def test_noise_alone(estimate: object, sigma: float) -> None:
    assert callable(estimate)
    assert estimate(with_noise(torch.full((3, 128, 128), 0.5), sigma)) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 20), (64, 64)])
@pytest.mark.parametrize("estimate", [donoho_sigma, estimate_sigma])
def test_flat_photos_have_none(estimate: object, shape: tuple[int, int]) -> None:
    assert callable(estimate)
    assert estimate(torch.full((1, *shape), 0.3)) == 0.0


@pytest.mark.parametrize(("sigma", "tolerance"), [(5.0, 0.12), (15.0, 0.04), (25.0, 0.03), (50.0, 0.02)])
def test_known_noise_on_photos(photos: SharedPhotos, sigma: float, tolerance: float) -> None:
    for path in photos.all("val/set12/*.png")[::3]:
        clean = grey_photo(path)[0]
        assert estimate_sigma(with_noise(clean, sigma)) == pytest.approx(sigma, rel=tolerance), path.name


def test_clipped_flat_regions_are_left_out() -> None:
    image = torch.full((1, 128, 128), 0.5)
    image = with_noise(image, 20.0)
    image[..., :70] = 1.0
    assert estimate_sigma(image) == pytest.approx(20.0, rel=0.1)


@pytest.mark.parametrize(("gain", "sigma"), [(2.0, 5.0), (10.0, 0.0)])
def test_photon_noise_on_photos(photos: SharedPhotos, gain: float, sigma: float) -> None:
    for path in photos.all("val/set12/*.png")[::4]:
        clean = grey_photo(path)[0]
        counted = torch.poisson(clean * 255 / gain, generator=torch.Generator().manual_seed(1)) * gain / 255
        found = estimate_poisson_gaussian(with_noise(counted, sigma))
        assert found.gain * 128 + found.sigma**2 == pytest.approx(gain * 128 + sigma**2, rel=0.2), path.name


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (64, 64)])
def test_flat_photos_have_no_photon_noise(shape: tuple[int, int]) -> None:
    assert estimate_poisson_gaussian(torch.full((1, *shape), 0.3)) == PoissonGaussian(0.0, 0.0)


def test_an_estimate_of_next_to_nothing_says_so() -> None:
    assert noise_report(12.0, None) == {"sigma": 12.0, "sigma_is_estimated": True}
    assert "set σ by hand" in noise_report(0.13, None)["caveat"]
    assert noise_report(0.13, 0.13) == {"sigma": 0.13, "sigma_is_estimated": False}
