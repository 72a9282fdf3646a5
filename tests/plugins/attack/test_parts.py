"""What attacks share: losses that rise with success, the best iterate, starts that fill the budget evenly."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import ParameterError, Run
from desktop_app.numerics.projections import Norm
from desktop_app.testing import toy_classifier
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import (
    Goal,
    cross_entropy,
    logit_ratio,
    margin,
    targeted_cross_entropy,
    targeted_logit_ratio,
)
from plugins.attack.common.starts import uniform_offset
from plugins.attack.pgd.descriptor import PgdParams

LOGITS = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)) * 3.0
CLASSES, TARGETS = torch.arange(40) % 5, (torch.arange(40) + 2) % 5


@pytest.mark.parametrize("loss", [margin, logit_ratio])
def test_a_difference_of_logits_is_positive_where_the_answer_is_another(loss: Any) -> None:
    assert (loss(LOGITS, CLASSES) > 0).equal(LOGITS.argmax(1) != CLASSES)


def test_the_ratio_knows_neither_scale_nor_shift_of_logits() -> None:
    torch.testing.assert_close(logit_ratio(7.0 * LOGITS + 3.0, CLASSES), logit_ratio(LOGITS, CLASSES))
    there = targeted_logit_ratio(7.0 * LOGITS + 3.0, CLASSES, TARGETS)
    torch.testing.assert_close(there, targeted_logit_ratio(LOGITS, CLASSES, TARGETS))


def test_the_ratios_are_those_of_the_paper() -> None:
    logits, own = torch.tensor([[4.0, 1.0, 3.0, 0.0]]), torch.tensor([0])
    assert logit_ratio(logits, own).tolist() == pytest.approx([-(4.0 - 3.0) / (4.0 - 1.0)])
    towards = targeted_logit_ratio(logits, own, torch.tensor([3]))
    assert towards.tolist() == pytest.approx([-(4.0 - 0.0) / (4.0 - 0.5 * (1.0 + 0.0))])


def test_a_ratio_needs_enough_classes() -> None:
    with pytest.raises(ParameterError, match="at least 3 classes"):
        logit_ratio(LOGITS[:, :2], CLASSES % 2)
    with pytest.raises(ParameterError, match="at least 4 classes"):
        targeted_logit_ratio(LOGITS[:, :3], CLASSES % 3, TARGETS % 3)


def test_targeted_losses_rise_towards_the_target() -> None:
    towards = F.one_hot(TARGETS, 5).float()
    for before, after in (
        (targeted_cross_entropy(LOGITS, TARGETS), targeted_cross_entropy(LOGITS + towards, TARGETS)),
        (-cross_entropy(LOGITS, TARGETS), -cross_entropy(LOGITS + towards, TARGETS)),
        (margin(LOGITS, CLASSES), margin(LOGITS + towards, CLASSES)),
    ):
        assert bool((after >= before).all())


def _objective(_: Tensor) -> tuple[Tensor, Tensor]:
    return torch.tensor([1.0, 1.0, 1.0]), torch.tensor([0, 2, 0])


def test_the_best_has_success_before_loss_and_keeps_it() -> None:
    best = Best.of(torch.zeros(3, 1, 1, 1), _objective)
    best.keep(torch.ones(3, 1, 1, 1), torch.tensor([0.5, 9.0, 2.0]), torch.tensor([2, 0, 0]))
    assert best.images.flatten().tolist() == [1.0, 0.0, 1.0]  # succeeds; has succeeded; has more loss
    assert best.losses.tolist() == [0.5, 1.0, 2.0]
    assert best.met.tolist() == [2, 2, 0]
    best.keep(torch.ones(3, 1, 1, 1), torch.tensor([9.0, 9.0, 0.0]), torch.tensor([1, 1, 1]))
    assert best.met.tolist() == [2, 2, 1], "success that rounding undoes is better than none, worse than one that stays"
    assert best.is_found.tolist() == [True, True, True]


def test_an_attack_goes_on_with_what_has_not_succeeded() -> None:
    best = Best.of(torch.zeros(3, 1, 1, 1), _objective)
    assert best.unfinished.tolist() == [0, 2]
    best.keep(torch.ones(2, 1, 1, 1), torch.tensor([0.0, 0.0]), torch.tensor([0, 2]), best.unfinished)
    assert best.images.flatten().tolist() == [0.0, 0.0, 1.0]
    assert best.unfinished.tolist() == [0]


class Drawn:
    """A run that only draws, every sample from a generator of its own."""

    def __init__(self, count: int) -> None:
        self.generators = [torch.Generator().manual_seed(seed) for seed in range(count)]

    def rand(self, images: Tensor) -> Tensor:
        return torch.stack([torch.rand(one.shape, generator=g) for one, g in zip(images, self.generators, strict=True)])

    def randn(self, images: Tensor) -> Tensor:
        return torch.stack(
            [torch.randn(one.shape, generator=g) for one, g in zip(images, self.generators, strict=True)]
        )


@pytest.mark.parametrize(("norm", "order"), [("linf", torch.inf), ("l2", 2.0), ("l1", 1.0)])
def test_starts_are_even_in_the_ball(norm: Norm, order: float) -> None:
    """The share of points within half the radius is that of the volume; no side is preferred."""
    drawn = uniform_offset(torch.zeros(4000, 1, 1, 2), norm, 3.0, cast(Run, Drawn(4000))).flatten(1)
    sizes = torch.linalg.vector_norm(drawn, order, dim=1)
    assert float(sizes.max()) <= 3.0 * (1 + 1e-6)
    assert float((sizes < 1.5).float().mean()) == pytest.approx(0.25, abs=0.03)
    assert drawn.mean(0).tolist() == pytest.approx([0.0, 0.0], abs=0.1)


def test_a_goal_comes_from_parameters_or_from_the_model() -> None:
    model, images = toy_classifier(), torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    answers = model(images)
    own = Goal.of(model, images, PgdParams())
    assert own.classes.equal(answers.argmax(1))
    assert not bool(own.is_met(answers).any())
    aimed = Goal.of(model, images, PgdParams(target_class="sea"))
    assert aimed.is_targeted
    assert aimed.is_met(F.one_hot(torch.tensor([1, 0, 1]), 4)).tolist() == [True, False, True]
    known = Goal.of(model, images, PgdParams(true_class="sea"))
    assert known.is_met(F.one_hot(torch.tensor([1, 0, 1]), 4)).tolist() == [False, True, False]
