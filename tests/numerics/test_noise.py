"""Estimates of noise, against noise that is known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.filters import gaussian_blur
from desktop_app.numerics.noise import (
    PoissonGaussian,
    donoho_sigma,
    estimate_noise,
    estimate_poisson_gaussian,
    estimate_sigma,
    noise_report,
)
from tests.support.photos import SharedPhotos, grey_photo


def with_noise(image: Tensor, sigma: float) -> Tensor:
    return image + sigma / 255 * torch.randn(image.shape, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("estimate", [donoho_sigma, estimate_sigma, estimate_noise])
@pytest.mark.parametrize("sigma", [1.0, 10.0, 80.0])
def test_noise_alone(estimate: object, sigma: float) -> None:
    assert callable(estimate)
    assert estimate(with_noise(torch.full((3, 128, 128), 0.5), sigma)) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 20), (64, 64)])
@pytest.mark.parametrize("estimate", [donoho_sigma, estimate_sigma, estimate_noise])
def test_flat_photos_have_none(estimate: object, shape: tuple[int, int]) -> None:
    assert callable(estimate)
    assert estimate(torch.full((1, *shape), 0.3)) == 0.0


@pytest.mark.parametrize(("sigma", "tolerance"), [(5.0, 0.12), (15.0, 0.04), (25.0, 0.03), (50.0, 0.02)])
def test_known_noise_on_photos(photos: SharedPhotos, sigma: float, tolerance: float) -> None:
    for path in photos.all("val/set12/*.png")[::3]:
        clean = grey_photo(path)[0]
        assert estimate_sigma(with_noise(clean, sigma)) == pytest.approx(sigma, rel=tolerance), path.name


@pytest.mark.parametrize("sigma", [5.0, 25.0])
def test_dense_texture_is_no_noise(photos: SharedPhotos, sigma: float) -> None:
    found = [
        estimate_noise(with_noise(grey_photo(path)[0], sigma)) for path in photos.all("val/bsd68_odd/*.png")[1::12]
    ]
    assert found == pytest.approx([sigma] * len(found), rel=0.06 if sigma < 10 else 0.025)


@pytest.mark.parametrize("sigma", [10.0, 30.0, 50.0])
@pytest.mark.parametrize("flip", [False, True])
def test_noise_that_was_cut_off_at_black_or_white_is_found_whole(sigma: float, flip: bool) -> None:
    dark = torch.linspace(0.0, 0.25, 192).expand(3, 160, 192)
    seen = (255.0 * with_noise(1.0 - dark if flip else dark, sigma)).round().clamp(0.0, 255.0) / 255.0
    assert estimate_sigma(seen) == pytest.approx(sigma, rel=0.05)


@pytest.mark.parametrize("sigma", [10.0, 30.0])
def test_noise_that_was_cut_off_takes_three_looks(sigma: float) -> None:
    seen = with_noise(torch.linspace(0.0, 0.25, 192).expand(1, 160, 192), sigma).clamp(0.0, 1.0)
    plain, cut = list[int](), list[int]()
    estimate_sigma(seen - 1.0, lambda: plain.append(1))  # with values beyond black, nothing was cut off
    estimate_sigma(seen, lambda: cut.append(1))
    assert len(cut) <= 3 * len(plain)


def test_photos_without_grain_have_little(photos: SharedPhotos) -> None:
    assert max(estimate_noise(grey_photo(path)[0]) for path in photos.all("val/set12/*.png")[::3]) < 4.0


def shaded(channels: int) -> Tensor:
    return torch.linspace(0.2, 0.8, 256).expand(channels, 192, 256)


@pytest.mark.parametrize("channels", [1, 3])
def test_coarse_grain_is_seen_where_white_noise_is_not(channels: int) -> None:
    grain = gaussian_blur(torch.randn((channels, 192, 256), generator=torch.Generator().manual_seed(1)), 0.8)
    image = shaded(channels) + grain * (10 / 255 / grain.std())
    assert estimate_sigma(image) < 5.0
    assert 10.0 < estimate_noise(image) < 30.0  # of white noise that looks as strong, which has less at that scale


def test_grain_of_the_shadows_alone_is_seen() -> None:
    image = with_noise(shaded(1) ** 2.2, 2.0).clamp(min=0.0) ** (1 / 2.2)  # a night, brightened
    assert estimate_noise(image) > max(3.0, 1.5 * estimate_sigma(image))


def test_a_step_in_the_photo_is_no_grain() -> None:
    image = shaded(1).clone()
    image[..., ::16, :] += 0.1
    assert estimate_noise(image) < 0.1


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


def test_an_estimate_of_next_to_nothing_says_that_there_is_hardly_anything_to_do() -> None:
    assert noise_report(12.0, None) == {"sigma": 12.0, "sigma_is_estimated": True}
    assert noise_report(0.0, None)["headline"].startswith("Nothing to do")
    assert noise_report(0.13, None)["headline"].startswith("Hardly anything to do: the noise was estimated at 0.13")
    assert "set σ by hand" in noise_report(0.13, None)["caveat"]
    assert noise_report(0.13, 0.13) == {"sigma": 0.13, "sigma_is_estimated": False}
