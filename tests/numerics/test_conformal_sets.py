"""Sets of classes: on exchangeable photos they hold the right class as often as stated."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.conformal_sets import fewest_for, gathered, regularisation, threshold

PENALTY = 0.05


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


@pytest.mark.parametrize("alpha", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("classes", [10, 100])
def test_the_chosen_penalty_costs_next_to_nothing_and_saves_many_late_classes(alpha: float, classes: int) -> None:
    shares, answers = drawn(400, classes, 2)
    chosen = regularisation(shares, answers[:, 0], alpha)
    shares, answers = drawn(4000, classes, 3)
    sizes = []
    for penalty, free_rank in ((0.0, 1), chosen):
        needs = gathered(shares, penalty, free_rank)
        own = needs.gather(1, answers)[:, 0]
        limit = threshold(own[:2000], alpha)
        sizes.append(float((needs[2000:] <= limit).sum(1).float().mean()))
        assert float((own[2000:] <= limit).float().mean()) == pytest.approx(1.0 - alpha, abs=0.02)
    assert sizes[1] <= 1.1 * sizes[0]


def test_the_free_rank_is_that_of_all_but_a_share_of_the_right_classes() -> None:
    shares = torch.tensor([0.4, 0.3, 0.2, 0.1]).expand(99, 4)
    classes = torch.tensor([0] * 80 + [1] * 14 + [2] * 5)
    assert regularisation(shares, classes, 0.1)[1] == 2
    assert regularisation(shares, classes, 0.02)[1] == 3


def test_likelier_classes_enter_first_and_few_photos_promise_nothing() -> None:
    needs = gathered(torch.tensor([[0.1, 0.6, 0.3]]))
    assert needs[0].tolist() == pytest.approx([0.9, 0.0, 0.6])
    assert threshold(torch.zeros(fewest_for(0.1) - 1), 0.1) == float("inf")
    assert threshold(torch.zeros(fewest_for(0.1)), 0.1) == 0.0
