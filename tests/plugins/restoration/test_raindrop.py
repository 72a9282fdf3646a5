"""Learnt drop removal: drops go, the map says where they are, and where there are none the photo stays."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.testing import Bench, call_tool
from plugins.degradation.drops.descriptor import verilens_tools as drops
from plugins.restoration.raindrop.descriptor import verilens_models, verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of, psnr, stripes

BENCH = Bench(verilens_tools()[0], networks=BUILT_IN_NETWORKS)


def wet(images: Tensor, seed: int = 0, **params: Any) -> tuple[Tensor, Tensor]:
    """Return photos behind drops, and how much is hidden of each pixel ``(N, H, W)``."""
    result = call_tool(drops()[0], images, params, seeds=[seed] * len(images))
    return picture_of(result).clamp(0.0, 1.0), result.maps[0].values


def scenes(photos: SharedPhotos) -> list[Tensor]:
    return [colour_photo(path)[..., :256, :320] for path in photos.all("val/imagenet_sample/*")[:40:8]]


def test_photos_are_better_without_the_drops_than_with_them(photos: SharedPhotos) -> None:
    gains = []
    for seed, clean in enumerate(scenes(photos)):
        before, _ = wet(clean, seed)
        gains.append(psnr(picture_of(BENCH.call(before)), clean) - psnr(before, clean))
    assert min(gains) > 0.0
    assert sum(gains) / len(gains) > 0.5


def test_the_map_tells_where_the_drops_are(photos: SharedPhotos) -> None:
    hits, alarms = [], []
    for seed, clean in enumerate(scenes(photos)):
        before, hidden = wet(clean, seed, cover=10.0)
        found = BENCH.call(before).maps[0].values
        hits.append(float((found[hidden > 0.5] > 0.5).float().mean()))
        alarms.append(float((found[hidden == 0.0] > 0.5).float().mean()))
    assert sum(hits) / len(hits) > 0.5
    assert sum(alarms) / len(alarms) < 0.1


def test_through_clean_glass_little_changes(photos: SharedPhotos) -> None:
    for clean in scenes(photos)[:3]:
        assert psnr(picture_of(BENCH.call(clean)), clean) > 30.0


def test_strength_keeps_some_of_the_drops_and_grey_photos_are_as_welcome() -> None:
    for channels in (1, 3):
        image, _ = wet(stripes(80, 96, channels), cover=15.0, size=6.0)
        none, half, full = (picture_of(BENCH.call(image, {"strength": share})) for share in (0.0, 50.0, 100.0))
        assert none.equal(image)
        torch.testing.assert_close(half, (none + full) / 2, rtol=0.0, atol=1e-6)
        assert not full.equal(image)


def test_the_network_is_small_and_has_a_card() -> None:
    model = verilens_models()[0]
    assert model.weights is not None
    assert model.weights.stat().st_size <= 4 << 20
    assert model.card is not None
    assert model.sha256 in model.card.read_text(encoding="utf-8")
