"""Fog, snow, rain, frost and spatter: what they add, to how much, and that a severity is worse than the one before."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Tool
from desktop_app.numerics.filters import gaussian_blur
from desktop_app.testing import call_tool
from plugins.degradation.fog.descriptor import verilens_tools as fog
from plugins.degradation.frost.descriptor import verilens_tools as frost
from plugins.degradation.rain.descriptor import verilens_tools as rain
from plugins.degradation.snow.descriptor import verilens_tools as snow
from plugins.degradation.spatter.descriptor import verilens_tools as spatter
from plugins.degradation.spatter.edges import canny
from tests.support.restoring import picture_of

WITH_SEVERITY = [fog()[0], frost()[0], snow()[0], spatter()[0]]


def seen(tool: Tool, images: Tensor, seed: int = 0, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params, seeds=[seed]))


def photo() -> Tensor:
    return torch.rand(1, 3, 96, 112, generator=torch.Generator().manual_seed(4)) * 0.6 + 0.2


@pytest.mark.parametrize("tool", WITH_SEVERITY, ids=lambda tool: tool.id)
def test_every_severity_changes_the_photo_and_six_is_refused(tool: Tool) -> None:
    for severity in range(1, 6):
        assert float((seen(tool, photo(), severity=severity) - photo()).abs().mean()) > 0.001
    with pytest.raises(ParameterError, match="severity"):
        seen(tool, photo(), severity=6)


@pytest.mark.parametrize("tool", [fog()[0], frost()[0]], ids=lambda tool: tool.id)
def test_a_harder_severity_leaves_less_of_the_photo(tool: Tool) -> None:
    def contrast_left(severity: int) -> float:
        made = seen(tool, photo(), severity=severity)
        return float(torch.corrcoef(torch.stack([made.flatten(), photo().flatten()]))[0, 1])

    left = [contrast_left(severity) for severity in (1, 3, 5)]
    assert left == sorted(left, reverse=True)


def test_fog_keeps_the_highest_value_and_hides_the_contrast() -> None:
    made = seen(fog()[0], photo(), thickness=3.0)
    assert float(made.max()) <= float(photo().max()) + 1e-5
    assert float(made.diff(dim=-1).std()) < 0.5 * float(photo().diff(dim=-1).std())


def test_no_fog_no_rain_and_clear_glass_change_nothing() -> None:
    assert seen(fog()[0], photo(), thickness=0.0).equal(photo())
    assert seen(rain()[0], photo(), amount=0.0).equal(photo())
    torch.testing.assert_close(seen(frost()[0], photo(), photo=100.0, frost=0.0), photo())
    torch.testing.assert_close(seen(spatter()[0], photo(), threshold=1.0, size=8.0), photo())


def test_rain_adds_light_only_and_no_more_than_asked_for() -> None:
    added = seen(rain()[0], photo(), amount=10.0, brightness=100.0) - photo()
    assert float(added.min()) >= -1e-6
    assert 0.3 < float(added.max()) * 2.55 <= 1.0 + 1e-4
    assert float((added[:, 0] - added[:, 2]).abs().max()) < 1e-6


@pytest.mark.parametrize(("slant", "steeper"), [(0.0, True), (80.0, False)])
def test_rain_falls_along_its_slant(slant: float, steeper: bool) -> None:
    added = (seen(rain()[0], photo(), slant=slant, width=0.0) - photo())[:, 0]
    down, across = (float(added.diff(dim=dim).abs().sum()) for dim in (1, 2))
    assert (down < across) == steeper


def test_more_rain_is_more_light() -> None:
    light = [float((seen(rain()[0], photo(), amount=amount) - photo()).mean()) for amount in (1.0, 5.0, 20.0)]
    assert light == sorted(light)


def test_snow_brightens_and_whitens() -> None:
    made = seen(snow()[0], photo(), severity=4)
    assert float(made.mean()) > float(photo().mean()) + 0.1
    spread = [float(images.std(1).mean()) for images in (made, photo())]
    assert spread[0] < spread[1]


def test_frost_is_as_bright_and_as_rough_as_the_benchmarks_photos_and_says_that_it_is_not_they() -> None:
    results = [call_tool(frost()[0], torch.zeros(1, 3, 224, 224), {"frost": 100.0}, seeds=[seed]) for seed in range(12)]
    layers = torch.cat([picture_of(result) for result in results])
    assert 0.0 <= float(layers.min()) <= float(layers.max()) <= 1.0
    # Of its photos, in parts of this size.
    assert float(layers.mean()) == pytest.approx(0.64, abs=0.05)
    assert layers.mean((0, 2, 3)).tolist() == pytest.approx([0.57, 0.65, 0.70], abs=0.05)
    assert float(layers.mean(1).flatten(1).std(1).mean()) == pytest.approx(0.09, abs=0.03)
    assert all("ImageNet-C" in report["caveats"][0] for report in results[0].reports)


def test_edges_are_opencvs() -> None:
    noise = torch.randn(1, 1, 120, 150, generator=torch.Generator().manual_seed(5))
    levels = (gaussian_blur(noise, 2.0) * 400 + 120).clamp(0.0, 255.0).floor()
    for picture in (levels, torch.where(levels > 150, levels, 0.0)):
        theirs = cv2.Canny(picture[0, 0].byte().numpy(), 50, 150) > 0
        assert canny(picture, 50.0, 150.0, lambda: None)[0, 0].equal(torch.from_numpy(theirs))


@pytest.mark.parametrize(
    ("severity", "size", "threshold", "strength"), [(1, 4, 0.69, 0.6), (2, 3, 0.68, 0.6), (3, 2, 0.68, 0.5)])
def test_water_is_the_benchmarks(severity: int, size: float, threshold: float, strength: float) -> None:
    ours = theirs = 0.0
    for seed in range(6):
        noise = torch.randn((1, 1, 224, 224), generator=torch.Generator().manual_seed(seed))
        wet = gaussian_blur(noise * 0.3 + 0.65, size)[0, 0].numpy()
        levels = np.where(wet < threshold, 0, wet * 255).astype(np.uint8)
        far = cv2.distanceTransform(255 - cv2.Canny(levels, 50, 150), cv2.DIST_L2, 5).clip(max=20)
        risen = cv2.equalizeHist(cv2.blur(far, (3, 3)).astype(np.uint8))
        light = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
        shine = levels * cv2.blur(cv2.filter2D(risen, cv2.CV_8U, light), (3, 3)).astype(np.float32)
        made = seen(spatter()[0], torch.zeros(1, 3, 224, 224), seed, severity=severity)[0, 1] * 255 / 238
        ours, theirs = ours + float(made.mean()), theirs + float((shine / shine.max() * strength).mean())
    assert ours == pytest.approx(theirs, rel=0.04)


def test_mud_covers_in_brown_and_water_adds_pale_light() -> None:
    mud = seen(spatter()[0], photo(), severity=5)
    covered = (mud - torch.tensor([63.0, 42.0, 20.0]).view(1, 3, 1, 1) / 255.0).abs().amax(1) < 0.02
    assert 0.01 < float(covered.float().mean()) < 0.9
    added = seen(spatter()[0], photo(), severity=1) - photo()
    assert float(added.min()) >= -1e-6
    red, green, blue = added.mean((0, 2, 3)).tolist()
    assert red < green == pytest.approx(blue, rel=1e-4)


@pytest.mark.parametrize("tool", [*WITH_SEVERITY, rain()[0]], ids=lambda tool: tool.id)
def test_grey_photos_stay_grey_and_tiny_ones_work(tool: Tool) -> None:
    for size in ((1, 1), (1, 9), (9, 1), (3, 2)):
        assert seen(tool, torch.full((1, 1, *size), 0.5)).shape == (1, 1, *size)
