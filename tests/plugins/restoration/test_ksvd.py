"""K-SVD denoising: its promises, what learning is worth, and a published figure."""

from __future__ import annotations

import pytest

from plugins.restoration.common import patch_models
from plugins.restoration.ksvd.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, psnr, restoring, stripes

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


@pytest.mark.parametrize(("channels", "gain"), [(1, 5.0), (3, 8.0)])
def test_noise_goes(channels: int, gain: float) -> None:
    clean = stripes(72, 80, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0, rounds=5), clean) > psnr(before, clean) + gain


def test_what_the_photo_teaches_beats_cosines() -> None:
    clean = stripes(96, 96)
    before = noisy(clean, 25.0)
    cosines, learnt = (psnr(restore(before, sigma=25.0, rounds=rounds), clean) for rounds in (0, 10))
    assert learnt > cosines + 0.5


def test_more_tolerance_is_smoother() -> None:
    before = noisy(stripes(64, 64), 25.0)
    close, far = (restore(before, sigma=25.0, gain=gain, rounds=3) for gain in (0.9, 1.3))
    assert close.diff(dim=-1).square().mean() > far.diff(dim=-1).square().mean()


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_do_not_show(channels: int) -> None:
    image = noisy(stripes(70, 90, channels), 25.0)
    whole, tiled = restore(image, sigma=25.0, rounds=2), restore(image, tile=48, sigma=25.0, rounds=2)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_half_the_patches_do_for_a_large_photo_and_tiles_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = stripes(70, 90, 3)
    image = noisy(clean, 25.0)
    dense = restore(image, sigma=25.0, rounds=2)
    monkeypatch.setattr(patch_models, "_DENSE", 70 * 90 - 1)
    whole, tiled = restore(image, sigma=25.0, rounds=2), restore(image, tile=48, sigma=25.0, rounds=2)
    assert not whole.equal(dense)
    assert psnr(whole, clean) > psnr(dense, clean) - 0.3  # small, and mostly border
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_house_is_as_published(photos: SharedPhotos) -> None:
    """Elad 2006, table I: 32.15 dB for House at σ 25, another draw of the noise."""
    clean = grey_photo(photos("val/set12/02.png"))
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0), clean) > 32.05
