"""The learnt denoiser: noise goes, it finds what it is not told, and it is unsure where it is wrong."""

from __future__ import annotations

import pytest
import torch

from desktop_app.testing import Bench
from plugins.restoration.deep.descriptor import verilens_models, verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import disc, noisy, psnr

TOOL = verilens_tools()[0]
BENCH = Bench(TOOL, networks=BUILT_IN_NETWORKS)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sigma", [5.0, 25.0, 50.0])
@pytest.mark.parametrize("is_told", [True, False])
def test_noise_goes_whether_told_or_not(channels: int, sigma: float, is_told: bool) -> None:
    clean = disc(96, 101, channels, period=12.0)
    before = noisy(clean, sigma)
    restored = BENCH.call(before, {"sigma": sigma} if is_told else {"removed": "any"}).image
    assert psnr(restored, clean) > psnr(before, clean) + 4.0


def test_where_there_is_no_noise_nothing_changes() -> None:
    clean = disc(96, 101)
    result = BENCH.call(torch.cat([clean, noisy(clean, 25.0)]), {})
    assert result.image[0].equal(clean[0])
    assert float(result.maps[0].values[0].max()) == 0.0
    assert psnr(result.image[1:], clean) > psnr(noisy(clean, 25.0), clean) + 4.0
    assert [report["sigma_is_estimated"] for report in result.reports] == [True, True]


def test_tiles_change_nothing() -> None:
    image = noisy(disc(300, 317), 25.0)
    whole, tiled = (BENCH.call(image, tile=tile) for tile in (None, 64))
    assert torch.allclose(whole.image, tiled.image, atol=2e-6)
    assert torch.allclose(whole.maps[0].values, tiled.maps[0].values, atol=1e-3)


def test_strength_keeps_some_of_the_grain() -> None:
    image = noisy(disc(64, 64), 25.0)
    none, half, full = (BENCH.call(image, {"strength": share}).image for share in (0.0, 50.0, 100.0))
    assert none.equal(image)
    assert torch.allclose(half, (none + full) / 2, atol=1e-6)


def test_gradients_reach_the_photo() -> None:
    image = noisy(disc(40, 48), 25.0).requires_grad_()
    BENCH.call(image).image.square().sum().backward()
    assert image.grad is not None
    assert float(image.grad.abs().min(dim=-1).values.max()) > 0.0


def test_the_map_ranks_the_error(photos: SharedPhotos) -> None:
    for path in photos.all("val/bsd68_odd/*")[:3]:
        clean = grey_photo(path)
        result = BENCH.call(noisy(clean, 25.0), {"sigma": 25.0})
        error = 255.0 * (result.image - clean).abs().flatten()
        spread = result.maps[0].values.flatten()
        sure, unsure = (error[spread.argsort()[part]].mean() for part in (slice(0, 20_000), slice(-20_000, None)))
        assert unsure > 2.0 * sure
        assert 0.7 < float(error.square().mean().sqrt() / spread.square().mean().sqrt()) < 1.4


def test_the_network_is_small_and_has_a_card() -> None:
    model = verilens_models()[0]
    assert model.weights.stat().st_size <= 4 << 20
    assert model.sha256 in model.card.read_text(encoding="utf-8")
