"""Learnt rain removal: rain of every kind goes, on grey photos too, and what is dry stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.testing import Bench, call_tool
from plugins.degradation.rain.descriptor import verilens_tools as rain
from plugins.restoration.progressive_deraining.descriptor import _STAGES, verilens_models, verilens_tools
from plugins.restoration.progressive_deraining.network import STAGES
from plugins.restoration.rain_layer.descriptor import verilens_tools as layer_prior
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import disc, picture_of, psnr

BENCH = Bench(verilens_tools()[0], networks=BUILT_IN_NETWORKS)
LIGHT = {"amount": 2.5, "length": 30.0, "brightness": 130.0, "width": 0.6}


def rainy(images: Tensor, seed: int = 0, **params: Any) -> Tensor:
    return picture_of(call_tool(rain()[0], images, params, seeds=[seed] * len(images))).clamp(0.0, 1.0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("slant", "amount"), [(-30.0, 3.0), (0.0, 8.0), (40.0, 3.0)])
def test_rain_goes(channels: int, slant: float, amount: float) -> None:
    clean = disc(112, 125, channels, period=12.0) * 0.8
    before = rainy(clean, slant=slant, amount=amount)
    assert psnr(picture_of(BENCH.call(before)), clean) > psnr(before, clean) + 4.0


def test_what_is_dry_stays(photos: SharedPhotos) -> None:
    for path in photos.all("train/bsds500/test/*.jpg")[:60:20]:
        dry = colour_photo(path)[..., 40:200, 40:240]
        assert psnr(picture_of(BENCH.call(dry)), dry) > 30.0


def test_strength_keeps_some_of_the_rain() -> None:
    image = rainy(disc(64, 72, 3))
    none, half, full = (picture_of(BENCH.call(image, {"strength": share})) for share in (0.0, 50.0, 100.0))
    assert none.equal(image)
    torch.testing.assert_close(half, (none + full) / 2, rtol=0.0, atol=1e-6)


def test_the_map_is_high_where_the_error_is(photos: SharedPhotos) -> None:
    for path in photos.all("train/bsds500/test/*.jpg")[:40:20]:
        clean = colour_photo(path)[..., 40:200, 40:240]
        result = BENCH.call(rainy(clean, **LIGHT))
        error = 255.0 * (picture_of(result) - clean).square().mean(1).sqrt().flatten()
        order = result.maps[0].values.flatten().argsort()
        assert float(error[order[-8000:]].mean()) > 2.0 * float(error[order[:8000]].mean())


def test_light_rain_on_photos_comes_out_above_thirty_decibels(photos: SharedPhotos) -> None:
    """Rain of one weight and one direction a photo, as in Rain100L, on photos that no training saw."""
    ours, others = [], []
    for number, path in enumerate(photos.all("val/imagenet_sample/*")[:40:8]):
        clean = colour_photo(path)[..., :256, :320]
        before = rainy(clean, number, slant=-30.0 + 15.0 * number, **LIGHT)
        ours.append(psnr(picture_of(BENCH.call(before)), clean))
        others.append(psnr(picture_of(call_tool(layer_prior()[0], before)), clean))
    assert sum(ours) / len(ours) > 30.0
    assert sum(ours) > sum(others)


def test_the_network_is_small_and_has_a_card_and_the_stages_are_counted() -> None:
    model = verilens_models()[0]
    assert model.weights is not None
    assert model.weights.stat().st_size <= 4 << 20
    assert model.card is not None
    assert model.sha256 in model.card.read_text(encoding="utf-8")
    assert _STAGES == STAGES
