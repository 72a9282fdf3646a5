"""Sets of classes: on exchangeable photos they hold the right class as often as stated."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.conformal_sets import PENALTY, fewest_for, gathered, threshold


def drawn(count: int, classes: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return shares, and classes drawn by flatter ones: an overconfident model."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2.0 * torch.randn(count, classes, generator=generator)
    answers = torch.multinomial((0.5 * logits).softmax(1), 1, generator=generator)
    return logits.softmax(1), answers


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("penalty", [0.0, PENALTY])
def test_new_photos_are_covered(alpha: float, penalty: float) -> None:
    shares, answers = drawn(20_000, 20, 0)
    limit = threshold(gathered(shares, penalty).gather(1, answers)[:, 0], alpha)
    shares, answers = drawn(20_000, 20, 1)
    own = gathered(shares, penalty).gather(1, answers)[:, 0]
    assert float((own <= limit).float().mean()) == pytest.approx(1.0 - alpha, abs=0.02)


def test_the_penalty_makes_sets_of_many_classes_smaller() -> None:
    shares, answers = drawn(2000, 100, 0)
    sizes = {}
    for penalty in (0.0, PENALTY):
        needs = gathered(shares, penalty)
        limit = threshold(needs.gather(1, answers)[:, 0], 0.3)
        sizes[penalty] = (needs <= limit).sum(1).float()
    assert float(sizes[PENALTY].max()) < float(sizes[0.0].max())


def test_likelier_classes_enter_first_and_few_photos_promise_nothing() -> None:
    needs = gathered(torch.tensor([[0.1, 0.6, 0.3]]))
    assert needs[0].tolist() == pytest.approx([0.9, 0.0, 0.6])
    assert threshold(torch.zeros(fewest_for(0.1) - 1), 0.1) == float("inf")
    assert threshold(torch.zeros(fewest_for(0.1)), 0.1) == 0.0
