"""A certified radius is never beyond the border of a model whose border is known, and comes near it."""

from __future__ import annotations

from math import comb
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.numerics.binomial import least_chance
from desktop_app.testing import call_tool, toy_classifier
from plugins.uncertainty.smoothing.descriptor import verilens_tools

WEIGHTS = torch.randn(3, 6, 6, generator=torch.Generator().manual_seed(0))
PHOTOS = 0.5 + 0.02 * torch.randn(6, 3, 6, 6, generator=torch.Generator().manual_seed(1))


class Plane(nn.Module):
    """Two classes on the two sides of a plane, and two that never win."""

    def forward(self, images: Tensor) -> Tensor:
        leads = ((images - 0.5) * WEIGHTS).sum((1, 2, 3))
        return torch.stack([leads, -leads, leads - 99.0, -leads - 99.0], 1)


def reports(**params: Any) -> list[Any]:
    return list(call_tool(verilens_tools()[0], PHOTOS, params, models=[toy_classifier(Plane())]).reports)


def test_the_radius_comes_near_the_border_and_not_beyond_it() -> None:
    """The noise is small beside the distance from black and white, so that the smoothed model has the same plane."""
    border = ((PHOTOS - 0.5) * WEIGHTS).sum((1, 2, 3)).abs() / WEIGHTS.norm() * 255.0
    said = reports(sigma=float(border.mean()), draws=2000, risk=1e-4)
    radii = torch.tensor([one["certified_radius"] for one in said])
    assert bool((radii <= border + 1e-3).all())
    sure = torch.tensor([one["is_certified"] for one in said])
    assert int(sure.sum()) >= 4
    assert bool((radii[sure] >= 0.8 * border[sure] - 0.5).all())
    signs = ((PHOTOS - 0.5) * WEIGHTS).sum((1, 2, 3)) > 0
    labels = toy_classifier().labels
    for one, is_first in zip(said, signs.tolist(), strict=True):
        assert one["certified"] in (None, labels[0 if is_first else 1])


def test_more_draws_certify_more_and_less_risk_less() -> None:
    few, many, safer = (
        sum(one["certified_radius"] for one in reports(sigma=5.0, **more))
        for more in ({"draws": 100}, {"draws": 2000}, {"draws": 100, "risk": 1e-6})
    )
    assert safer < few < many


@pytest.mark.parametrize(("wins", "draws", "risk"), [(7, 10, 0.05), (95, 100, 0.001), (1, 30, 0.2), (40, 40, 0.01)])
def test_the_least_chance_is_where_so_many_wins_are_just_as_unlikely(wins: int, draws: int, risk: float) -> None:
    chance = least_chance(wins, draws, risk)
    tail = sum(comb(draws, k) * chance**k * (1.0 - chance) ** (draws - k) for k in range(wins, draws + 1))
    assert tail == pytest.approx(risk, rel=1e-6)
    assert least_chance(0, draws, risk) == 0.0


def test_large_counts_are_no_trouble() -> None:
    assert least_chance(99_000, 100_000, 0.001) == pytest.approx(0.98898, abs=1e-4)
