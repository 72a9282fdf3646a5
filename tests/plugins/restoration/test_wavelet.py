"""Wavelet shrinkage: perfect without thresholds, better than its noise, better than scikit-image, blind to tiles."""

from __future__ import annotations

import pytest
import torch

from plugins.restoration.wavelet.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import disc, noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)
WAVELETS = ["haar", "db2", "sym4"]


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize("levels", [1, 4])
def test_weak_thresholds_give_the_photo_back(wavelet: str, levels: int) -> None:
    image = noisy(disc(50, 41, 3, period=5.0), 20.0)
    restored = restore(image, sigma=0.01, wavelet=wavelet, levels=levels, rule="visu")
    assert torch.allclose(restored, image, atol=1e-4)


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize("rule", ["bayes", "visu"])
@pytest.mark.parametrize("channels", [1, 3])
def test_noise_goes(wavelet: str, rule: str, channels: int) -> None:
    clean = disc(90, 101, channels, period=5.0)
    before = noisy(clean, 25.0)
    restored = restore(before, sigma=25.0, wavelet=wavelet, rule=rule)
    assert psnr(restored, clean) > psnr(before, clean) + 4.0


def test_shifts_shift_the_result() -> None:
    image = noisy(disc(200, 200, period=5.0), 25.0)
    image = torch.cat([image, image], 3)
    restored = restore(image, sigma=25.0)
    shifted = restore(image[..., 3:], sigma=25.0)
    assert torch.allclose(shifted[..., 90:300], restored[..., 93:303], atol=1e-5)


@pytest.mark.parametrize("rule", ["bayes", "visu"])
def test_tiles_and_blocks_do_not_show(rule: str) -> None:
    image = noisy(disc(130, 560, period=5.0), 25.0)
    whole, tiled = restore(image, sigma=25.0, rule=rule), restore(image, tile=96, sigma=25.0, rule=rule)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_better_than_scikit_image(photos: SharedPhotos) -> None:
    """scikit-image 0.26, BayesShrink by cycle spinning over 4×4 shifts: 30.4, 27.9, 24.8 dB on the mean of Set12."""
    for path, least in (("02", 30.3), ("08", 30.6)):
        clean = grey_photo(photos(f"val/set12/{path}.png"))
        assert psnr(restore(noisy(clean, 25.0), sigma=25.0), clean) > least
