"""Projections: inside, nearest, and done once."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.projections import Norm, onto_ball, within

NORMS: tuple[Norm, ...] = ("linf", "l2", "l1")
ORDERS = {"linf": torch.inf, "l2": 2.0, "l1": 1.0}


def norms(delta: Tensor, norm: Norm) -> Tensor:
    return torch.linalg.vector_norm(delta.double().flatten(1), ORDERS[norm], dim=1)


def changes(seed: int, scale: float = 1.0) -> Tensor:
    return torch.randn(6, 3, 5, 4, generator=torch.Generator().manual_seed(seed)) * scale


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("radius", [0.0, 0.3, 2.0, 30.0])
def test_what_is_projected_is_inside_and_stays_where_it_is(norm: Norm, radius: float) -> None:
    once = onto_ball(changes(0), norm, radius)
    assert float(norms(once, norm).max()) <= radius * (1 + 1e-6)
    torch.testing.assert_close(onto_ball(once, norm, radius), once, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_inside_is_not_moved(norm: Norm) -> None:
    delta = changes(1, 0.01)
    assert onto_ball(delta, norm, 10.0).equal(delta)


@pytest.mark.parametrize("norm", NORMS)
def test_nothing_in_the_ball_is_nearer(norm: Norm) -> None:
    """The way to the projection makes no sharp angle with the way on to any point of a convex body."""
    delta = changes(2)
    nearest = onto_ball(delta, norm, 1.5)
    for seed in range(3, 20):
        other = onto_ball(changes(seed, 3.0), norm, 1.5)
        angle = ((delta - nearest) * (other - nearest)).double().sum((1, 2, 3))
        assert float(angle.max()) <= 1e-4


@pytest.mark.parametrize("norm", NORMS)
def test_a_sample_does_not_depend_on_its_batch(norm: Norm) -> None:
    delta = changes(4) * torch.tensor([0.01, 0.1, 1.0, 2.0, 5.0, 0.0])[:, None, None, None]
    alone = torch.cat([onto_ball(one[None], norm, 1.0) for one in delta])
    torch.testing.assert_close(onto_ball(delta, norm, 1.0), alone, atol=0.0, rtol=0.0)


def test_l1_keeps_the_largest_changes_only() -> None:
    delta = torch.tensor([[[[4.0, -3.0, 0.5, -0.25]]]])
    torch.testing.assert_close(onto_ball(delta, "l1", 3.0), torch.tensor([[[[2.0, -1.0, 0.0, 0.0]]]]))


@pytest.mark.parametrize("norm", NORMS)
def test_a_picture_is_within_its_budget_and_in_range(norm: Norm) -> None:
    clean = changes(5).clamp(0.0, 1.0)
    moved = within(clean + changes(6), clean, norm, 0.7)
    assert bool(((moved >= 0.0) & (moved <= 1.0)).all())
    assert float(norms(moved - clean, norm).max()) <= 0.7 * (1 + 1e-6)
