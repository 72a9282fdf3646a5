"""Learnt dehazing: haze goes, of large and small photos alike, and indoors, too."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.testing import Bench, call_tool
from plugins.degradation.haze.descriptor import verilens_tools as haze
from plugins.restoration.aod.descriptor import verilens_models, verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import disc, picture_of, psnr

BENCH = Bench(verilens_tools()[0], networks=BUILT_IN_NETWORKS)


def hazy(images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(haze()[0], images, params)).clamp(0.0, 1.0)


def test_haze_goes(photos: SharedPhotos) -> None:
    gains = []
    for path in photos.all("val/imagenet_sample/*")[:40:8]:
        clean = colour_photo(path)[..., :256, :320]
        before = hazy(clean, density=1.0)
        gains.append(psnr(picture_of(BENCH.call(before)), clean) - psnr(before, clean))
    assert sum(gains) / len(gains) > 3.0


def test_indoor_haze_goes(photos: SharedPhotos) -> None:
    gains = []
    for path in photos.all("val/sots_indoor_dev/hazy/*")[::4]:
        before = colour_photo(path)
        wanted = colour_photo(photos(f"val/sots_indoor_dev/gt/{path.stem.split('_')[0]}.png"))
        top, left = ((wanted.shape[dim] - before.shape[dim]) // 2 for dim in (2, 3))
        wanted = wanted[..., top : top + before.shape[2], left : left + before.shape[3]]
        gains.append(psnr(picture_of(BENCH.call(before)), wanted) - psnr(before, wanted))
    assert sum(gains) / len(gains) > 3.0


def test_a_larger_copy_of_a_photo_is_cleared_alike() -> None:
    small = hazy(disc(128, 128, 3, period=12.0))
    large = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    there, here = picture_of(BENCH.call(large)), picture_of(BENCH.call(small))
    assert float((torch.nn.functional.avg_pool2d(there, 2) - here).abs().mean()) < 0.03


def test_strength_keeps_some_of_the_haze_and_grey_photos_are_as_welcome() -> None:
    for channels in (1, 3):
        image = hazy(disc(64, 72, channels))
        none, half, full = (picture_of(BENCH.call(image, {"strength": share})) for share in (0.0, 50.0, 100.0))
        assert none.equal(image)
        torch.testing.assert_close(half, (none + full) / 2, rtol=0.0, atol=1e-5)
        assert float(full.std()) > float(image.std())


def test_the_network_is_small_and_has_a_card() -> None:
    model = verilens_models()[0]
    assert model.weights is not None
    assert model.weights.stat().st_size <= 1 << 20
    assert model.card is not None
    assert model.sha256 in model.card.read_text(encoding="utf-8")
