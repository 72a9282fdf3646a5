"""Non-local means against a literal loop, against scikit-image, and its promises."""

from __future__ import annotations

from math import exp
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from desktop_app.api import ParameterError
from plugins.restoration.nlm import algorithm
from plugins.restoration.nlm.descriptor import NlmParams, bandwidth, patch_size_for, reach, verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


def literal(image: Tensor, sigma: float, params: NlmParams) -> Tensor:
    """Buades 2011, pixel by pixel, in double precision."""
    side = algorithm.chosen_window(image, sigma, params).patch
    search, patch = params.search_size // 2, side // 2
    pad, h = search + patch, bandwidth(params, len(image), side) * sigma / 255.0
    x = torch.from_numpy(np.pad(image.double().numpy(), ((0, 0), (pad, pad), (pad, pad)), mode="reflect"))
    out = torch.zeros_like(image, dtype=torch.float64)
    for row in range(image.shape[1]):
        for column in range(image.shape[2]):
            p, q = row + pad, column + pad
            here = x[:, p - patch : p + patch + 1, q - patch : q + patch + 1]
            total = 0.0
            for dy in range(-search, search + 1):
                for dx in range(-search, search + 1):
                    there = x[:, p + dy - patch : p + dy + patch + 1, q + dx - patch : q + dx + patch + 1]
                    distance = float((here - there).square().mean())
                    weight = exp(-max(distance - 2.0 * (sigma / 255.0) ** 2, 0.0) / h**2)
                    out[:, row, column] += weight * x[:, p + dy, q + dx]
                    total += weight
            out[:, row, column] /= total
    return out.float()


@pytest.mark.parametrize(("channels", "patch", "search"), [(1, None, 7), (3, None, 5), (1, 1, 3), (3, 7, 5)])
def test_it_is_the_formula_of_the_paper(channels: int, patch: int | None, search: int) -> None:
    image = torch.rand(channels, 13, 17, generator=torch.Generator().manual_seed(1))
    params = NlmParams(sigma=60.0, patch_size=patch, search_size=search)
    expected = literal(image, 60.0, params)
    got = restore(image[None], sigma=60.0, patch_size=patch, search_size=search)[0]
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=0.0)


def test_little_noise_or_three_channels_let_patches_be_small() -> None:
    sizes = {channels: [patch_size_for(NlmParams(), channels, sigma) for sigma in (15, 25, 50)] for channels in (1, 3)}
    assert sizes == {1: [3, 5, 7], 3: [3, 3, 5]}
    assert patch_size_for(NlmParams(patch_size=1), 1, 50.0) == 1


def test_dense_texture_has_small_patches_unless_it_repeats() -> None:
    grains = torch.rand(1, 160, 160, generator=torch.Generator().manual_seed(3))
    stripes = grains[:, :, :1].expand(-1, -1, 160).contiguous()
    chosen = [algorithm.chosen_window(noisy(plane, 30.0), 30.0, NlmParams()).patch for plane in (grains, stripes)]
    assert chosen == [3, 5]
    assert algorithm.chosen_window(grains, 30.0, NlmParams(patch_size=7)).patch == 7


def test_large_patches_are_compared_more_strictly() -> None:
    assert bandwidth(NlmParams(strength=2.0), 1, 3) == 2.0
    assert bandwidth(NlmParams(), 3, 3) == pytest.approx(3**-0.25)
    assert bandwidth(NlmParams(), 1, 6) == pytest.approx(0.5**0.5)


@pytest.mark.parametrize("block", [(512, 9), (7, 256), (5, 6), (1, 1)])
def test_blocks_leave_no_trace(monkeypatch: pytest.MonkeyPatch, block: tuple[int, int]) -> None:
    image = torch.rand(1, 3, 20, 23, generator=torch.Generator().manual_seed(2))
    whole = restore(image, sigma=30.0)
    monkeypatch.setattr(algorithm, "_BLOCK", block)
    torch.testing.assert_close(restore(image, sigma=30.0), whole, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("strength", [0.1, 5.0])
def test_extreme_strengths_stay_finite(strength: float) -> None:
    image = torch.rand(1, 1, 15, 16) * 3.0 - 1.0
    assert bool(restore(image, sigma=0.5, strength=strength).isfinite().all())


def test_more_strength_is_smoother() -> None:
    image = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(3))
    spread = [float(restore(image, sigma=40.0, strength=strength).std()) for strength in (0.3, 0.8, 2.0)]
    assert spread[0] > spread[1] > spread[2]


def test_an_even_patch_is_refused_in_a_sentence() -> None:
    with pytest.raises(ParameterError, match="odd number of pixels, got 4; use 3 or 5"):
        restore(torch.zeros(1, 1, 5, 5), patch_size=4)


def test_reach_is_search_and_patch_radius() -> None:
    assert reach(NlmParams(patch_size=7, search_size=13)) == 9
    assert reach(NlmParams()) == 9


@settings(max_examples=40, deadline=None)
@given(size=st.sampled_from([1, 3, 5, 7, 9, 11]), step=st.integers(1, 7), extra=st.integers(1, 40))
def test_box_sums_are_sums(size: int, step: int, extra: int) -> None:
    line = torch.arange((size - 1) * step + extra, dtype=torch.float32).cos()
    out, spare = torch.empty_like(line), torch.empty_like(line)
    expected = torch.stack([line[i * step : i * step + extra] for i in range(size)]).sum(0)
    torch.testing.assert_close(algorithm.box_sum(line.clone(), size, step, out, spare), expected)


def test_half_of_the_shifts_and_their_opposites_are_all() -> None:
    half = algorithm.half_of_shifts(3)
    assert len({*half, *((-dy, -dx) for dy, dx in half), (0, 0)}) == 49
    assert len(half) == 24


def test_it_is_as_good_as_scikit_images_on_a_photo(photos: SharedPhotos) -> None:
    restoration: ModuleType = pytest.importorskip("skimage.restoration", reason="scikit-image is a development extra")
    image = grey_photo(photos("val/set12/04.png"))
    grainy = noisy(image, 25.0)
    peer = restoration.denoise_nl_means(
        grainy[0, 0].numpy(), patch_size=5, patch_distance=6, h=0.6 * 25 / 255, sigma=25 / 255, fast_mode=True
    )
    ours = psnr(restore(grainy, sigma=25.0), image)
    assert ours > psnr(grainy, image) + 6.0
    assert ours > psnr(torch.from_numpy(peer)[None, None], image) - 0.05


def test_dense_texture_is_denoised_by_small_patches(photos: SharedPhotos) -> None:
    image = grey_photo(photos("val/bsd68_odd/test067.png"))[..., 60:252, 60:252]
    grainy = noisy(image, 25.0)
    assert psnr(restore(grainy, sigma=25.0), image) > psnr(restore(grainy, sigma=25.0, patch_size=5), image) + 0.2
