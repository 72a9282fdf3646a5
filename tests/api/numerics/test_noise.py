"""Estimates of noise, against noise that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.api.numerics.noise import donoho_sigma, estimate_sigma


def with_noise(image: Tensor, sigma: float) -> Tensor:
    return image + sigma / 255 * torch.randn(image.shape, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("estimate", [donoho_sigma, estimate_sigma])
@pytest.mark.parametrize("sigma", [1.0, 10.0, 80.0])
def test_noise_alone(estimate: object, sigma: float) -> None:
    assert callable(estimate)
    assert estimate(with_noise(torch.full((3, 128, 128), 0.5), sigma)) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 20), (64, 64)])
@pytest.mark.parametrize("estimate", [donoho_sigma, estimate_sigma])
def test_flat_photos_have_none(estimate: object, shape: tuple[int, int]) -> None:
    assert callable(estimate)
    assert estimate(torch.full((1, *shape), 0.3)) == 0.0


@pytest.mark.parametrize(("sigma", "tolerance"), [(5.0, 0.12), (15.0, 0.04), (25.0, 0.03), (50.0, 0.02)])
def test_known_noise_on_photos(photos: Path, sigma: float, tolerance: float) -> None:
    for path in sorted((photos / "val/set12").glob("*.png"))[::3]:
        clean = torch.from_numpy(np.asarray(Image.open(path), np.float32) / 255)[None]
        assert estimate_sigma(with_noise(clean, sigma)) == pytest.approx(sigma, rel=tolerance), path.name


def test_clipped_flat_regions_are_left_out() -> None:
    image = torch.full((1, 128, 128), 0.5)
    image = with_noise(image, 20.0)
    image[..., :70] = 1.0
    assert estimate_sigma(image) == pytest.approx(20.0, rel=0.1)
