"""Missing values are filled from their neighbours; known ones are left alone."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.api import Result, ToolError
from desktop_app.testing import call_tool
from plugins.restoration.missing.descriptor import verilens_tools as missing
from tests.support.restoring import picture_of

SMOOTH = torch.linspace(0, 1, 61)[:, None].add(torch.linspace(0, 1, 47)).div(2).repeat(2, 3, 1, 1)


def filled(images: Tensor) -> Result:
    return call_tool(missing()[0], images, {})


@pytest.mark.parametrize("gap", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.95])
def test_a_smooth_picture_comes_back(gap: float, share: float) -> None:
    holes = torch.rand(SMOOTH.shape, generator=torch.Generator().manual_seed(0)) < share
    result = filled(torch.where(holes, gap, SMOOTH))
    made = picture_of(result)
    assert made[~holes].equal(SMOOTH[~holes])
    assert float((made - SMOOTH).abs()[holes].mean()) < 0.01 + 0.03 * share
    assert [report["filled_values"] for report in result.reports] == holes.flatten(1).sum(1).tolist()


def test_a_large_hole_is_filled_within_the_range_of_what_is_around_it() -> None:
    images = SMOOTH.clone()
    images[..., 10:50, 10:40] = float("nan")
    made = picture_of(filled(images))
    assert bool(made.isfinite().all())
    assert float((made - SMOOTH).abs().max()) < 0.25


def test_a_picture_without_gaps_stays_as_it_is() -> None:
    assert picture_of(filled(SMOOTH)).equal(SMOOTH)


def test_a_colour_without_any_value_is_refused_in_a_sentence() -> None:
    images = SMOOTH.clone()
    images[1, 2] = float("nan")
    with pytest.raises(ToolError, match="each colour"):
        filled(images)
