"""The generalised Anscombe transform: even noise, an inverse without bias, and a better picture."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import Result, Tool
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.numerics.noise import estimate_poisson_gaussian
from desktop_app.testing import call_tool
from desktop_app.testing.running import Bench
from plugins.restoration.anscombe.algorithm import _Stabiliser
from plugins.restoration.anscombe.descriptor import verilens_tools
from plugins.restoration.wavelet.descriptor import verilens_tools as wavelet_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import psnr

TOOL, DENOISER = verilens_tools()[0], wavelet_tools()[0]


class _Denoisers:
    def tool(self, tool_id: str) -> Tool:
        assert tool_id == DENOISER.id
        return DENOISER


def restore(images: Tensor, denoiser: dict[str, Any] | None = None, **params: Any) -> Result:
    target = TargetSpec(DENOISER.id, denoiser if denoiser is not None else {"sigma": None})
    return Bench(TOOL, _Denoisers()).call(images, params, targets=[target])  # type: ignore[arg-type] # all that is asked of it


def photons(images: Tensor, gain: float, sigma: float, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    counted = torch.poisson(images * 255.0 / gain, generator=generator) * gain
    return (counted + sigma * torch.randn(images.shape, generator=generator)) / 255.0


def slope(size: int = 160) -> Tensor:
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return (0.1 + 0.8 * x / size + 0.05 * torch.sin(y / 11))[None, None]


@pytest.mark.parametrize(("gain", "sigma"), [(2.0, 0.0), (10.0, 5.0), (20.0, 20.0)])
def test_noise_becomes_even_and_the_inverse_has_no_bias(gain: float, sigma: float) -> None:
    stabiliser = _Stabiliser(gain / 255.0, sigma / gain)
    for level in (0.2, 0.5, 0.9):
        values = stabiliser.stabilise(photons(torch.full((400, 400), level), gain, sigma))
        assert float(values.std()) * stabiliser.span == pytest.approx(1.0, abs=0.04)
        assert float(stabiliser.invert(values.mean()[None])) == pytest.approx(level, rel=0.01)


@pytest.mark.parametrize(("gain", "sigma"), [(0.0, 20.0), (4.0, 0.0), (10.0, 10.0)])
def test_noise_is_fitted(gain: float, sigma: float) -> None:
    clean = slope()[0]
    noisy = photons(clean, gain, sigma) if gain else clean + sigma / 255 * torch.randn(
        clean.shape, generator=torch.Generator().manual_seed(0)
    )
    found = estimate_poisson_gaussian(noisy)
    for level in (50.0, 200.0):
        assert found.gain * level + found.sigma**2 == pytest.approx(gain * level + sigma**2, rel=0.15)


def test_better_than_taking_the_noise_for_even(photos: SharedPhotos) -> None:
    clean = grey_photo(photos("val/set12/01.png"))
    before = photons(clean, 12.0, 2.0)
    even = call_tool(DENOISER, before).image
    assert even is not None
    given, found = restore(before, gain=12.0, sigma=2.0).image, restore(before).image
    assert given is not None
    assert found is not None
    assert psnr(given, clean) > psnr(even, clean) + 0.2
    assert psnr(found, clean) > psnr(given, clean) - 0.25


def test_even_noise_goes_straight_to_the_denoiser() -> None:
    before = slope(48) + 0.05 * torch.randn((1, 1, 48, 48), generator=torch.Generator().manual_seed(0))
    direct = call_tool(DENOISER, before, {"sigma": 12.0}).image
    assert direct is not None
    assert torch.equal(restore(before, gain=0.0, sigma=12.0).image, direct)


def test_no_noise_is_the_identity() -> None:
    image = slope(40)
    assert torch.equal(restore(image, gain=0.0, sigma=0.0).image, image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (5, 7), (40, 40)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    assert torch.equal(restore(flat).image, flat)
    assert torch.allclose(restore(flat, gain=5.0, sigma=2.0).image, flat, atol=0.01)
