"""Transform learning: its promises, its closed form, and what it is worth on a photo."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from plugins.restoration.transform_learning import algorithm
from plugins.restoration.transform_learning.descriptor import TransformLearningParams, reach, verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, psnr, restoring, stripes

TOOL = verilens_tools()[0]
restore = restoring(TOOL)
IDLE: Any = SimpleNamespace(check=lambda: None)


@pytest.mark.parametrize(("channels", "gain"), [(1, 5.0), (3, 7.0)])
def test_noise_goes(channels: int, gain: float) -> None:
    clean = stripes(72, 80, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0), clean) > psnr(before, clean) + gain


def test_what_the_photo_teaches_beats_cosines() -> None:
    clean = stripes(96, 96)
    before = noisy(clean, 25.0)
    cosines, learnt = (psnr(restore(before, sigma=25.0, rounds=rounds), clean) for rounds in (0, 20))
    assert learnt > cosines + 0.3


def test_the_update_is_the_minimum_of_its_objective() -> None:
    generator = torch.Generator().manual_seed(0)
    patches, start = torch.randn(200, 9, generator=generator), torch.eye(9)
    codes, _ = algorithm.sparsify(patches, start, 1.0)
    penalty = algorithm._CONDITIONING * float(patches.square().sum())

    def objective(transform: Tensor) -> float:
        misfit = (patches @ transform.T - codes).square().sum()
        return float(misfit + penalty * (0.5 * transform.square().sum() - transform.slogdet().logabsdet))

    best = algorithm.learn_transform(patches, start, 1.0, 1, lambda _: None)
    for _ in range(20):
        assert objective(best) < objective(best + 0.01 * torch.randn(9, 9, generator=generator))


def test_tiles_do_not_show() -> None:
    image = noisy(stripes(70, 90, 3), 25.0)
    whole, tiled = restore(image, sigma=25.0), restore(image, tile=48, sigma=25.0)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999
    assert reach(TransformLearningParams(patch_size=11)) == 10


def test_learning_pays_on_barbara(photos: SharedPhotos) -> None:
    """Half a decibel above the cosine transform on a photo of stripes."""
    clean = grey_photo(photos("val/set12/09.png"))[..., 200:456, 200:456]
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0), clean) > psnr(restore(before, sigma=25.0, rounds=0), clean) + 0.3
