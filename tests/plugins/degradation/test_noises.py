"""Photon, salt-and-pepper, speckle and low-light noise: their laws, and what a severity means."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Tool
from desktop_app.testing import call_tool
from plugins.degradation.gaussian_noise.descriptor import verilens_tools as gaussian
from plugins.degradation.impulse_noise.descriptor import verilens_tools as impulse
from plugins.degradation.low_light.descriptor import verilens_tools as low_light
from plugins.degradation.poisson_noise.descriptor import verilens_tools as poisson
from plugins.degradation.speckle_noise.descriptor import verilens_tools as speckle
from tests.support.restoring import picture_of

TOOLS = [gaussian()[0], poisson()[0], impulse()[0], speckle()[0]]


def noisy(tool: Tool, images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params))


def grey(value: float) -> Tensor:
    return torch.full((1, 1, 200, 200), value)


@pytest.mark.parametrize("value", [0.1, 0.5, 1.0, 1.3])
def test_photons_have_the_mean_of_the_photo_and_its_variance_over_their_number(value: float) -> None:
    counted = noisy(poisson()[0], grey(value), photons=40.0)
    assert float(counted.mean()) == pytest.approx(value, abs=4 * (value / 40.0) ** 0.5 / 200)
    assert float(counted.var()) == pytest.approx(value / 40.0, rel=0.05)
    torch.testing.assert_close(counted * 40.0, (counted * 40.0).round())


def test_less_than_black_has_no_photons() -> None:
    assert float(noisy(poisson()[0], grey(-0.2)).abs().max()) == 0.0


def test_salt_and_pepper_replace_the_share_that_was_asked_for() -> None:
    images = grey(0.5)
    specks = noisy(impulse()[0], images, amount=20.0, salt=75.0)
    assert float((specks == 1.0).float().mean()) == pytest.approx(0.15, abs=0.01)
    assert float((specks == 0.0).float().mean()) == pytest.approx(0.05, abs=0.01)
    assert set(specks.unique().tolist()) == {0.0, 0.5, 1.0}


def test_no_specks_and_specks_everywhere() -> None:
    images = torch.rand(1, 3, 9, 7) * 1.4 - 0.2
    assert noisy(impulse()[0], images, amount=0.0).equal(images)
    assert set(noisy(impulse()[0], images, amount=100.0).unique().tolist()) <= {0.0, 1.0}
    whole = noisy(impulse()[0], images, amount=50.0, colour="grey")
    lost = (whole != images).any(1)
    assert (whole[:, 0] == whole[:, 2])[lost].all()


def test_speckle_grows_with_brightness_and_is_not_clipped() -> None:
    for value in (0.2, 1.0):
        speckled = noisy(speckle()[0], grey(value), contrast=30.0)
        assert float(speckled.std()) == pytest.approx(0.3 * value, rel=0.03)
    assert float(noisy(speckle()[0], grey(1.0), contrast=60.0).max()) > 1.0
    assert noisy(speckle()[0], grey(0.4), contrast=0.0).equal(grey(0.4))


def test_the_dark_photo_has_the_electrons_of_its_exposure_and_the_noise_of_the_sensor() -> None:
    tool = low_light()[0]
    dark = linear(noisy(tool, grey(0.8), exposure=-2.0, full_well=1000.0, read_noise=5.0))
    light = float(linear(torch.tensor([0.8])))
    assert float(dark.mean()) == pytest.approx(light / 4.0, rel=0.01)
    assert float(dark.var()) == pytest.approx(light / 4.0 / 1000.0 + (5.0 / 1000.0) ** 2, rel=0.05)


def test_read_noise_is_there_without_light() -> None:
    black = linear(noisy(low_light()[0], grey(0.0), read_noise=10.0, full_well=500.0))
    assert float(black.std()) == pytest.approx(10.0 / 500.0, rel=0.03)
    assert float(black.min()) < 0.0


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_a_severity_is_worse_than_the_one_before_and_six_is_refused(tool: Tool) -> None:
    images = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    errors = [float((noisy(tool, images, severity=step) - images).square().mean()) for step in range(1, 6)]
    assert errors == sorted(errors)
    with pytest.raises(ParameterError, match="severity"):
        call_tool(tool, images, {"severity": 6})


def linear(values: Tensor) -> Tensor:
    size = values.abs()
    return values.sign() * torch.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
