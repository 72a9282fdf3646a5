"""Levels: a line through black and white, found from the values where they are not given."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Result
from desktop_app.testing import call_tool
from plugins.restoration.levels.descriptor import verilens_tools as levels
from tests.support.restoring import picture_of

RAMP = torch.linspace(0.2, 0.6, 2000).view(1, 1, 40, 50)


def put(images: Tensor, **params: float) -> Result:
    return call_tool(levels()[0], images, params)


def test_black_and_white_are_where_they_are_said_to_be() -> None:
    torch.testing.assert_close(picture_of(put(RAMP, low=51, high=153)), (RAMP - 0.2) / 0.4)
    torch.testing.assert_close(picture_of(put(RAMP, low=0, high=255)), RAMP)
    beyond = picture_of(put(RAMP, low=102, high=127.5))
    assert float(beyond.min()) < -1.9
    assert float(beyond.max()) > 1.9


@pytest.mark.parametrize("given", [{}, {"low": 10.0}, {"high": 250.0}, {"low": 255.0}, {"high": 0.0}])
@pytest.mark.parametrize("full_scale", [255.0, 1.0])
def test_what_is_not_given_is_found(given: dict[str, float], full_scale: float) -> None:
    given = {name: value * full_scale / 255 for name, value in given.items()}
    for images in (RAMP, torch.full((1, 3, 4, 4), 0.5)):
        (report,) = put(images, full_scale=full_scale, **given).reports
        assert report["low"] < report["high"]
        assert {name: report[name] for name in given} == given
    (found,) = put(RAMP, full_scale=full_scale).reports
    assert (found["low"], found["high"]) == pytest.approx((0.2 * full_scale, 0.6 * full_scale), rel=0.01)


def test_white_below_black_is_refused() -> None:
    with pytest.raises(ParameterError, match="white above black"):
        put(RAMP, low=100, high=100)
