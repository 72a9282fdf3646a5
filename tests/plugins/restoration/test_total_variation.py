"""Total variation: its minimum is certified by the duality gap, and found by scikit-image too."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.total_variation import algorithm
from plugins.restoration.total_variation.descriptor import TotalVariationParams, reach, verilens_tools
from tests.support.photos import SharedPhotos, colour_photo, grey_photo

TOOL = verilens_tools()[0]


def denoised(images: Tensor, weight: float = 19.0, **params: Any) -> Tensor:
    """Denoise one photo with λ of so many 8-bit levels, of the lightness where it is in colour."""
    return result_of(images, weight, **params)[0]


def result_of(images: Tensor, weight: float, **params: Any) -> tuple[Tensor, list[float]]:
    """Return the photo, and λ of its parts."""
    sigma = 100.0
    unit = algorithm.smoothing_weight(algorithm.parts_of(images[0])[0], sigma, params.get("variation", "isotropic"))
    result = call_tool(TOOL, images, {"sigma": sigma, "strength": weight / unit, **params})
    assert result.image is not None
    assert result.reports[0]["weights"][0] == pytest.approx(weight)
    return result.image, result.reports[0]["weights"]


def picture(channels: int = 3, seed: int = 0) -> Tensor:
    noise = torch.randn(1, channels, 29, 33, generator=torch.Generator().manual_seed(seed))
    return 0.3 + 0.4 * (torch.arange(33) > 15) + 0.1 * noise


def variation(images: Tensor, kind: str) -> float:
    """TV of one photo, over directions and channels together, or number by number."""
    x = images.double()
    across, down = torch.zeros_like(x), torch.zeros_like(x)
    across[..., :, :-1] = x.diff(dim=-1)
    down[..., :-1, :] = x.diff(dim=-2)
    if kind == "anisotropic":
        return float(across.abs().sum() + down.abs().sum())
    return float((across.square() + down.square()).sum(1).sqrt().sum())


def gap(x: Tensor, y: Tensor, bound: float, kind: str) -> float:
    """The duality gap of x = y - Dᵀq: λ TV(x) - ⟨x, y - x⟩, zero at the minimum and nowhere else."""
    return bound * variation(x, kind) - float((x.double() * (y.double() - x.double())).sum())


@pytest.mark.parametrize("kind", ["isotropic", "anisotropic"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_duality_gap_closes_for_lightness_and_colours(kind: str, channels: int) -> None:
    y = picture(channels)
    gaps: list[list[float]] = []
    for iterations in (2, 10, 50, 400):
        x, weights = result_of(y, 20.0, iterations=iterations, variation=kind)
        parts = zip(algorithm.parts_of(x[0]), algorithm.parts_of(y[0]), weights, strict=True)
        gaps.append([
            gap(after[None], before[None], weight / 255 * (len(after) ** 0.5 if kind == "isotropic" else 1.0), kind)
            for after, before, weight in parts
        ])
    for part in zip(*gaps, strict=True):
        assert list(part) == sorted(part, reverse=True)
        assert min(part) > -1e-4
        assert part[-1] < 2e-3 * part[0]


def test_scikit_image_finds_the_same_minimum() -> None:
    restoration: ModuleType = pytest.importorskip("skimage.restoration", reason="scikit-image is a development extra")
    y = picture(1)
    peer = restoration.denoise_tv_chambolle(y[0, 0].double().numpy(), weight=20 / 255, eps=1e-10, max_num_iter=5000)
    ours = denoised(y, weight=20.0, iterations=500)[0, 0].numpy()
    np.testing.assert_allclose(ours, peer, atol=1e-3)


def test_the_mean_stays_and_the_variation_falls() -> None:
    y = picture()
    x = denoised(y)
    torch.testing.assert_close(x.mean((2, 3)), y.mean((2, 3)), atol=1e-5, rtol=0.0)
    strengths = [variation(denoised(y, weight=s), "isotropic") for s in (0.0, 5.0, 20.0, 80.0)]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[2] < 0.5 * strengths[0]


def test_a_flat_photo_and_no_strength_change_nothing() -> None:
    flat = torch.full((1, 3, 9, 8), 0.42)
    assert denoised(flat).equal(flat)
    y = picture()
    assert denoised(y, weight=0.0).equal(y)


def test_unlimited_strength_leaves_the_mean() -> None:
    y = picture(1)[..., :9, :9]
    x = denoised(y, weight=255.0, iterations=500)
    torch.testing.assert_close(x, y.mean().expand_as(x), atol=2e-3, rtol=0.0)


def test_a_grey_photo_stored_as_colour_is_treated_as_a_grey_photo() -> None:
    y = picture(1).expand(-1, 3, -1, -1).clone()
    x = denoised(y)
    torch.testing.assert_close(x[:, 0], x[:, 1], atol=1e-6, rtol=0.0)
    torch.testing.assert_close(x[:, :1], denoised(y[:, :1]), atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("strip", [1, 100])
def test_strips_leave_no_trace(monkeypatch: pytest.MonkeyPatch, strip: int) -> None:
    y = picture()
    whole = denoised(y)
    monkeypatch.setattr(algorithm, "_STRIP", strip)
    torch.testing.assert_close(denoised(y), whole, atol=1e-6, rtol=0.0)


def test_reach_grows_with_the_iterations_and_is_true() -> None:
    params = TotalVariationParams(iterations=4)
    y = torch.rand(1, 1, 21, 21, generator=torch.Generator().manual_seed(5))
    other = y.clone()
    other[..., 10, 10] += 0.5
    moved = (denoised(y, iterations=4) - denoised(other, iterations=4))[0, 0].abs() > 0
    rows, columns = moved.nonzero(as_tuple=True)
    far = max(int((rows - 10).abs().max()), int((columns - 10).abs().max()))
    assert 1 <= far <= reach(params) == 5


def test_the_weight_scales_with_photo_and_noise_and_falls_with_the_activity() -> None:
    y = picture(1)[0]
    weight = algorithm.smoothing_weight(y, 25.0, "isotropic")
    assert algorithm.smoothing_weight(0.5 * y, 12.5, "isotropic") == pytest.approx(0.5 * weight)
    busy = y + 0.2 * (torch.arange(33) % 2)
    assert algorithm.smoothing_weight(busy, 25.0, "isotropic") < 0.8 * weight
    assert 0 < algorithm.smoothing_weight(torch.zeros(1, 1, 1), 25.0, "isotropic") <= 25.0 * 1.0001


@pytest.mark.parametrize("sigma", [15.0, 50.0])
@pytest.mark.parametrize("name", ["01", "03", "10"])
def test_the_weight_is_near_the_best_for_a_photo(photos: SharedPhotos, name: str, sigma: float) -> None:
    image = grey_photo(photos(f"val/set12/{name}.png"))[..., :192, :192]
    noisy = image + torch.randn(image.shape, generator=torch.Generator().manual_seed(1)) * sigma / 255

    def score(strength: float) -> float:
        result = call_tool(TOOL, noisy, {"sigma": sigma, "strength": strength})
        assert result.image is not None
        return -10.0 * float((result.image - image).square().mean().log10())

    assert score(1.0) > max(score(strength) for strength in (0.6, 0.8, 1.25, 1.6)) - 0.05


def test_it_is_as_good_as_scikit_images_on_a_photo(photos: SharedPhotos) -> None:
    restoration: ModuleType = pytest.importorskip("skimage.restoration", reason="scikit-image is a development extra")
    image = grey_photo(photos("val/set12/04.png"))
    noisy = image + torch.randn(image.shape, generator=torch.Generator().manual_seed(0)) * 25 / 255
    peer = torch.from_numpy(restoration.denoise_tv_chambolle(noisy[0, 0].numpy(), weight=19 / 255))[None, None]

    def psnr(a: Tensor) -> float:
        return -10.0 * float((a - image).square().mean().log10())

    assert psnr(denoised(noisy)) > psnr(noisy) + 5.0
    assert psnr(denoised(noisy)) > psnr(peer) - 0.1  # which stops early, and so keeps a little more texture


def test_in_colour_it_gains_on_each_channel_alone(photos: SharedPhotos) -> None:
    gains = []
    for path in photos.all("train/bsds500/test/*.jpg")[:30:10]:
        image = colour_photo(path)[..., 60:252, 60:252]
        noisy = image + torch.randn(image.shape, generator=torch.Generator().manual_seed(0)) * 25 / 255
        ours = call_tool(TOOL, noisy, {"sigma": 25.0}).image
        grey = torch.cat([call_tool(TOOL, plane[None], {"sigma": 25.0}).image for plane in noisy.transpose(0, 1)], 1)
        gains.append(float(((grey - image).square().mean() / (ours - image).square().mean()).log10()) * 10.0)
    assert min(gains) > 1.0
    assert sum(gains) > 4.5  # one λ for red, green and blue together gained 3
