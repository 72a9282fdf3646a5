"""BM3D: better than its noise, blind to tiles, and as good as published."""

from __future__ import annotations

import pytest
import torch

from plugins.restoration.bm3d.descriptor import verilens_tools
from plugins.restoration.bm3d.transforms import biorthogonal, haar, inverse_haar
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import disc, noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("sigma", "gain"), [(10.0, 5.0), (25.0, 7.0), (60.0, 8.0)])
def test_noise_goes(sigma: float, gain: float, channels: int) -> None:
    clean = disc(90, 101, channels)
    before = noisy(clean, sigma)
    assert psnr(restore(before, sigma=sigma)[0], clean[0]) > psnr(before[0], clean[0]) + gain


def test_second_stage_is_better() -> None:
    clean = disc(90, 101)
    before = noisy(clean, 25.0)
    first, both = (psnr(restore(before, sigma=25.0, stages=stages)[0], clean[0]) for stages in ("first", "both"))
    assert both > first + 0.2


@pytest.mark.parametrize("sigma", [25.0, 50.0])
def test_tiles_do_not_show(sigma: float) -> None:
    image = noisy(disc(150, 170), sigma)
    params = {"sigma": sigma, "search_size": 9}
    whole, tiled = restore(image, **params), restore(image, tile=96, **params)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_transforms_invert() -> None:
    matrix = biorthogonal(8)
    assert torch.allclose(matrix.norm(dim=1), torch.ones(8, dtype=torch.float64))
    assert torch.allclose(matrix[1:].sum(1), torch.zeros(7, dtype=torch.float64), atol=1e-12)
    values = torch.randn(16, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(inverse_haar(haar(values)), values)
    assert torch.allclose(haar(values).norm(dim=0), values.norm(dim=0))


def test_house_is_as_published(photos: SharedPhotos) -> None:
    """Dabov 2007, table III: 32.86 dB for House at σ 25, another draw of the noise."""
    clean = grey_photo(photos("val/set12/02.png"))
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0)[0], clean[0]) == pytest.approx(32.86, abs=0.15)
