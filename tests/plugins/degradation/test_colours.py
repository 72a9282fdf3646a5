"""Brightness, contrast, saturation and large pixels, against the benchmark's own operations by other libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import hsv2rgb, rgb2hsv
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.testing import call_tool
from plugins.degradation.brightness.descriptor import verilens_tools as brightness
from plugins.degradation.contrast.descriptor import verilens_tools as contrast
from plugins.degradation.pixelate.descriptor import verilens_tools as pixelate
from plugins.degradation.saturation.descriptor import verilens_tools as saturation
from tests.support.restoring import picture_of

SEVERITIES = range(1, 6)


def changed(tool: Tool, images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params))


def photo(height: int = 30, width: int = 44) -> Tensor:
    images = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(5))
    images[..., :4, :4] = 0.0
    images[..., 4:8, :4] = 0.6
    return images


def hsv(images: Tensor) -> Any:
    return rgb2hsv(images[0].permute(1, 2, 0).double().numpy())


def from_hsv(values: Any) -> Tensor:
    return torch.from_numpy(hsv2rgb(values)).permute(2, 0, 1)[None].float()


@pytest.mark.parametrize("severity", SEVERITIES)
def test_brightness_is_the_benchmark_s(severity: int) -> None:
    values = hsv(photo())
    values[..., 2] = np.clip(values[..., 2] + 0.1 * severity, 0, 1)
    made = changed(brightness()[0], photo(), severity=severity)
    torch.testing.assert_close(made, from_hsv(values), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("severity", "factor", "shift"), [(1, 0.3, 0), (2, 0.1, 0), (3, 2, 0), (4, 5, 0.1), (5, 20, 0.2)]
)
def test_saturation_is_the_benchmark_s(severity: int, factor: float, shift: float) -> None:
    values = hsv(photo())
    values[..., 1] = np.clip(values[..., 1] * factor + shift, 0, 1)
    made = changed(saturation()[0], photo(), severity=severity)
    torch.testing.assert_close(made, from_hsv(values), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("severity", "share"), [*enumerate((0.4, 0.3, 0.2, 0.1, 0.05), start=1)])
def test_contrast_is_the_benchmark_s(severity: int, share: float) -> None:
    images = photo()
    mean = images.mean((2, 3), keepdim=True)
    expected = (images - mean) * share + mean
    torch.testing.assert_close(changed(contrast()[0], images, severity=severity), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("severity", "share"), [*enumerate((0.6, 0.5, 0.4, 0.3, 0.25), start=1)])
def test_large_pixels_are_the_benchmark_s(severity: int, share: float) -> None:
    image = Image.fromarray((torch.rand(224, 224, generator=torch.Generator().manual_seed(2)) * 255).byte().numpy())
    small = image.resize((int(224 * share), int(224 * share)), Image.Resampling.BOX)
    expected = torch.from_numpy(np.array(small.resize((224, 224), Image.Resampling.BOX))).float() / 255.0
    images = torch.from_numpy(np.array(image)).float()[None, None] / 255.0
    made = changed(pixelate()[0], images, severity=severity)[0, 0]
    assert float(((made - expected).abs() <= 1.0 / 255.0).float().mean()) > 0.99


def test_what_changes_nothing_is_the_identity() -> None:
    images = photo() * 1.4 - 0.2
    assert changed(brightness()[0], images, shift=0.0).equal(images)
    assert changed(saturation()[0], images, factor=1.0).equal(images)
    assert changed(contrast()[0], images, contrast=100.0).equal(images)
    torch.testing.assert_close(changed(pixelate()[0], images, size=1.0), images)


def test_a_grey_photo_has_no_saturation_to_change() -> None:
    images = photo()[:, :1]
    assert changed(saturation()[0], images, severity=5).equal(images)


def test_brightening_never_darkens_what_is_brighter_than_white() -> None:
    images = torch.tensor([0.9, 1.2, -0.1]).view(1, 1, 1, 3)
    made = changed(brightness()[0], images, shift=51.0)
    torch.testing.assert_close(made, torch.tensor([1.0, 1.2, 0.1]).view(1, 1, 1, 3))


def test_large_pixels_keep_the_mean_and_are_flat_inside() -> None:
    images = photo(32, 48)
    made = changed(pixelate()[0], images, size=8.0)
    torch.testing.assert_close(made.mean((2, 3)), images.mean((2, 3)))
    blocks = made.unfold(2, 8, 8).unfold(3, 8, 8)
    assert float(blocks.std((-1, -2)).max()) < 1e-6
