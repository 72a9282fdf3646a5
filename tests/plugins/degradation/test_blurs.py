"""Blurs: the kernels that they say they are, light kept, and the benchmark's own operations by other libraries."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import torch
from skimage.filters import gaussian
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.testing import call_tool
from plugins.degradation.defocus_blur.descriptor import verilens_tools as defocus
from plugins.degradation.gaussian_blur.descriptor import verilens_tools as gaussian_tool
from plugins.degradation.glass_blur.descriptor import verilens_tools as glass
from plugins.degradation.motion_blur.descriptor import verilens_tools as motion
from plugins.degradation.zoom_blur.descriptor import verilens_tools as zoom
from tests.support.restoring import picture_of

BLURS = [defocus()[0], gaussian_tool()[0], glass()[0], motion()[0], zoom()[0]]


def blurred(tool: Tool, images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params))


def photo(height: int = 60, width: int = 72) -> Tensor:
    """Return something smooth with edges."""
    noise = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(9))
    soft = torch.nn.functional.avg_pool2d(noise, 7, stride=1, padding=3)
    return 0.5 + soft + 0.2 * (soft > 0)


def point() -> Tensor:
    images = torch.zeros(1, 1, 61, 61)
    images[..., 30, 30] = 1.0
    return images


def psnr(a: Tensor, b: Tensor) -> float:
    return float(-10.0 * torch.log10((a - b).square().mean()))


@pytest.mark.parametrize("tool", BLURS, ids=lambda tool: tool.id)
@pytest.mark.parametrize("severity", range(1, 6))
def test_a_flat_photo_stays_flat_at_every_severity(tool: Tool, severity: int) -> None:
    flat = torch.full((1, 3, 48, 50), 0.4)
    torch.testing.assert_close(blurred(tool, flat, severity=severity), flat, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("tool", BLURS, ids=lambda tool: tool.id)
def test_a_severity_blurs_more_than_the_one_before(tool: Tool) -> None:
    images = torch.rand(1, 1, 96, 96, generator=torch.Generator().manual_seed(0))
    left = [float(blurred(tool, images, severity=step)[..., 30:-30, 30:-30].std()) for step in (1, 3, 5)]
    assert left[0] > left[2]
    assert left[0] < float(images.std())


@pytest.mark.parametrize(("tool", "params"), [
    (motion()[0], {"length": 1.0}), (defocus()[0], {"radius": 0.0}), (gaussian_tool()[0], {"spread": 0.0}),
    (zoom()[0], {"zoom": 0.0}), (glass()[0], {"passes": 0, "spread": 0.0}),
], ids=["motion", "defocus", "gaussian", "zoom", "glass"])
def test_no_blur_changes_nothing(tool: Tool, params: dict[str, Any]) -> None:
    torch.testing.assert_close(blurred(tool, photo(), **params), photo(), atol=1e-5, rtol=0.0)


@pytest.mark.parametrize(("tool", "params"), [
    (motion()[0], {"length": 13.0, "angle": 30.0}), (motion()[0], {"length": 15.0, "fade": 5.0, "angle": -60.0}),
    (defocus()[0], {"radius": 5.0}), (gaussian_tool()[0], {"spread": 2.0}),
], ids=["motion", "trail", "defocus", "gaussian"])
def test_a_point_becomes_the_kernel_that_is_kept_for_deblurring(tool: Tool, params: dict[str, Any]) -> None:
    result = call_tool(tool, point(), params)
    kernel = result.artifacts["kernel"][0, 0]
    reach = kernel.shape[0] // 2
    assert result.image is not None
    spot = result.image[0, 0, 30 - reach : 31 + reach, 30 - reach : 31 + reach]
    torch.testing.assert_close(spot, kernel, atol=1e-5, rtol=0.0)
    assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-5)


def test_the_angle_turns_counter_clockwise_from_the_right() -> None:
    up = blurred(motion()[0], point(), length=21.0, angle=90.0)[0, 0]
    assert float(up[:, 30].sum()) > 0.99
    rising = blurred(motion()[0], point(), length=21.0, angle=45.0)[0, 0]
    assert float(rising[24, 36]) > 0.02 > float(rising[36, 36])


def test_an_angle_that_is_not_given_is_drawn_and_reported() -> None:
    results = [call_tool(motion()[0], photo(), {}, seeds=[seed]) for seed in (1, 2)]
    angles = [result.reports[0]["angle"] for result in results]
    assert angles[0] != angles[1]
    assert all(-45.0 <= angle <= 45.0 for angle in angles)
    again = call_tool(motion()[0], photo(), {"angle": angles[0]})
    assert again.image is not None
    assert results[0].image is not None
    torch.testing.assert_close(again.image, results[0].image)


@pytest.mark.parametrize("severity", range(1, 6))
def test_gaussian_blur_is_the_benchmark_s(severity: int) -> None:
    images = photo()
    wanted = gaussian(images[0, 0].double().numpy(), sigma=[1, 2, 3, 4, 6][severity - 1], mode="nearest", truncate=4.0)
    made = blurred(gaussian_tool()[0], images, severity=severity)[0, 0]
    torch.testing.assert_close(made, torch.from_numpy(wanted).float(), atol=1e-5, rtol=0.0)


@pytest.mark.parametrize(("severity", "radius", "rim"), [(1, 3, 0.1), (2, 4, 0.5), (3, 6, 0.5), (5, 10, 0.5)])
def test_defocus_is_the_benchmark_s_but_for_the_disc_s_rim(severity: int, radius: int, rim: float) -> None:
    line = np.arange(-max(8, radius), max(8, radius) + 1)
    disc = ((line[:, None] ** 2 + line**2) <= radius**2).astype(np.float32)
    size = (3, 3) if radius <= 8 else (5, 5)
    kernel = cv2.GaussianBlur(disc / disc.sum(), ksize=size, sigmaX=rim)
    images = photo()
    wanted = cv2.filter2D(images[0, 0].numpy(), -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    made = blurred(defocus()[0], images, severity=severity)[0, 0]
    assert psnr(made, torch.from_numpy(wanted)) > 38.0


def test_zoom_leaves_the_middle_sharp_and_draws_the_corners_outwards() -> None:
    images = torch.zeros(1, 1, 101, 101)
    images[..., 50, 50] = images[..., 50, 90] = 1.0
    made = blurred(zoom()[0], images, zoom=20.0, steps=11)[0, 0]
    assert float(made[50, 50]) > 0.8
    assert float(made[50, 91:99].sum()) > 0.3
    assert float(made[50, 70:88].sum()) == 0.0


def test_glass_that_swaps_only_moves_pixels_and_not_far() -> None:
    ramp = torch.arange(40.0 * 50.0).view(1, 1, 40, 50)
    mixed = blurred(glass()[0], ramp, spread=0.0, distance=2, passes=1, exchange="swap")
    assert mixed.flatten().sort().values.equal(ramp.flatten())
    moved = mixed != ramp
    assert 0.5 < float(moved[..., 5:-5, 5:-5].float().mean()) < 1.0
    rows = (mixed[moved] // 50 - ramp[moved] // 50).abs()
    assert float(rows.max()) <= 2 * 2 * 2


@pytest.mark.parametrize(("far", "passes"), [(1, 2), (2, 1), (2, 3), (4, 2)])
def test_glass_is_the_benchmarks_published_loop(far: int, passes: int) -> None:
    height, width = 23, 31
    ramp = torch.arange(float(height * width)).view(1, 1, height, width)
    mixed = blurred(glass()[0], ramp, spread=0.0, distance=far, passes=passes)[0, 0]
    generator = torch.Generator().manual_seed(0)
    expected = ramp[0, 0].clone()
    for _ in range(passes):
        shape = (height - 2 * far, width - 2 * far)
        down, right = (torch.randint(-far, far, shape, generator=generator) for _ in range(2))
        for row in range(height - far, far, -1):
            for column in range(width - far, far, -1):
                step = (row - far - 1, column - far - 1)
                expected[row, column] = expected[row + int(down[step]), column + int(right[step])]
    assert mixed.equal(expected)


def test_copying_glass_loses_more_than_swapping_glass() -> None:
    images = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    left = {how: blurred(glass()[0], images, severity=3, exchange=how) for how in ("copy", "swap")}
    assert float(left["copy"].std()) > float(left["swap"].std())
