"""Developing: stops double the light, a grey keeps its luminance, and lights roll off without an edge."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.developing import balance
from desktop_app.testing import call_tool
from plugins.restoration.develop.descriptor import verilens_tools as develop
from tests.support.restoring import picture_of

RAMP = torch.linspace(0.0, 1.0, 2000).view(1, 1, 40, 50).repeat(1, 3, 1, 1)


def made(images: Tensor, **params: float) -> Tensor:
    return picture_of(call_tool(develop()[0], images, params))


def light(values: Tensor) -> Tensor:
    return torch.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def test_nothing_asked_for_changes_nothing() -> None:
    torch.testing.assert_close(made(RAMP, exposure=0.0, highlights=0.0), RAMP, atol=1e-6, rtol=0)


def test_a_stop_doubles_the_light() -> None:
    dark = RAMP * 0.4
    brighter = made(dark, exposure=1.0, highlights=0.0)
    torch.testing.assert_close(light(brighter), 2 * light(dark), atol=1e-5, rtol=1e-4)


def test_what_is_not_given_brightens_until_a_thousandth_is_white() -> None:
    found = made(RAMP * 0.3, highlights=0.0)
    assert 0.98 <= float(found.quantile(0.999)) <= 1.02
    report = call_tool(develop()[0], torch.zeros(1, 3, 8, 8), {}).reports[0]
    assert report["exposure"] == 5.0  # a black photo is not brightened for ever


@pytest.mark.parametrize(("warmth", "tint"), [(1.0, 0.0), (-2.0, 0.5), (0.0, 1.0)])
def test_a_grey_keeps_its_luminance(warmth: float, tint: float) -> None:
    grey = torch.full((1, 3, 4, 4), 0.4)
    found = light(made(grey, exposure=0.0, highlights=0.0, warmth=warmth, tint=tint))[0, :, 0, 0]
    luminance = float((found * torch.tensor([0.2126, 0.7152, 0.0722])).sum())
    assert luminance == pytest.approx(float(light(grey).max()), rel=1e-4)
    red, green, blue = balance(warmth, tint)
    assert float(torch.log2(torch.tensor(red / blue))) == pytest.approx(warmth, abs=1e-5)
    assert red * blue / green**2 == pytest.approx(4.0**tint, rel=1e-5)


def test_lights_roll_off_without_an_edge_and_keep_their_order() -> None:
    beyond = RAMP * 1.6
    found = made(beyond, exposure=0.0, highlights=0.6).flatten(2)[0, 0]
    steps = found.diff()
    assert float(found.max()) < 1.0
    assert bool((steps > 0).all())
    assert float(steps.diff().abs().max()) < 1e-4


def test_grey_photos_have_no_balance() -> None:
    grey = RAMP[:, :1]
    torch.testing.assert_close(made(grey, exposure=0.5, warmth=2.0), made(grey, exposure=0.5))
