"""Projected gradient descent: known optima, the textbook loop, honest words."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import ParameterError, Result
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.threats.ball import distances
from desktop_app.testing import call_tool, toy_classifier
from plugins.attack.pgd.descriptor import verilens_tools

TOOL = verilens_tools()[0]


class Linear(nn.Module):
    """Two classes, told apart by a weighted sum of the pixels."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        weight = torch.randn(1, 6, 7, generator=torch.Generator().manual_seed(0))
        self.weight = nn.Parameter(weight * scale)

    def forward(self, images: Tensor) -> Tensor:
        score = ((images - 0.5) * self.weight).sum((1, 2, 3))
        return torch.stack([score, -score], 1)


class Curved(nn.Module):
    """Four classes, told apart by a small random network."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.first = nn.Parameter(torch.randn(243, 16, generator=generator) * 0.3)
        self.second = nn.Parameter(torch.randn(16, 4, generator=generator))

    def forward(self, images: Tensor) -> Tensor:
        return ((images - 0.5).flatten(1) @ self.first).tanh() @ self.second


class Blind(nn.Module):
    """Always the same answer, whatever it is shown; gradients are exactly zero."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.tensor([[3.0, 0.0]]) + 0.0 * images.sum((1, 2, 3))[:, None]


def attacked(images: Tensor, model: LoadedClassifier, **params: Any) -> Result:
    return call_tool(TOOL, images, {"stop_early": False, **params}, models=[model])


def image_of(result: Result) -> Tensor:
    assert result.image is not None
    return result.image


def loss(model: LoadedClassifier, images: Tensor, classes: Tensor) -> Tensor:
    with torch.no_grad():
        return F.cross_entropy(model(images), classes, reduction="none")


def test_on_a_linear_model_it_finds_the_corner_of_the_linf_ball() -> None:
    model = toy_classifier(Linear(), classes=2)
    images = torch.full((1, 1, 6, 7), 0.5) + 0.01 * model.module.weight
    expected = images - 8 / 255 * model.module.weight.sign()
    got = image_of(attacked(images, model, eps=8.0, true_class=0))
    torch.testing.assert_close(got, expected, atol=1e-6, rtol=0.0)


def test_on_a_linear_model_it_goes_straight_in_l2() -> None:
    model = toy_classifier(Linear(), classes=2)
    images = torch.full((1, 1, 6, 7), 0.5) + 0.01 * model.module.weight
    expected = images - 100 / 255 * F.normalize(model.module.weight.flatten(), dim=0).view_as(images)
    got = image_of(attacked(images, model, eps=100.0, norm="l2", true_class=0))
    torch.testing.assert_close(got, expected, atol=2e-3, rtol=0.0)


def textbook_iterates(
    model: LoadedClassifier, images: Tensor, classes: Tensor, norm: str, eps: float
) -> list[Tensor]:
    """PGD-40 as Madry 2018 has it, from the photos themselves."""
    x = images.clone()
    iterates = [images]
    for _ in range(40):
        x.requires_grad_(True)
        (gradient,) = torch.autograd.grad(F.cross_entropy(model(x), classes, reduction="sum"), x)
        step = gradient.sign() if norm == "linf" else F.normalize(gradient.flatten(1)).view_as(x)
        delta = x.detach() + 2.5 * eps / 255 / 40 * step - images
        if norm == "linf":
            delta = delta.clamp(-eps / 255, eps / 255)
        else:
            delta = delta.flatten(1).renorm(2, 0, eps / 255).view_as(x)
        x = (images + delta).clamp(0, 1)
        iterates.append(x)
    return iterates


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_it_succeeds_wherever_the_textbook_does(norm: str) -> None:
    model = toy_classifier(Curved())
    images = torch.rand(24, 3, 9, 9, generator=torch.Generator().manual_seed(1))
    eps = {"linf": 4.0, "l2": 50.0}[norm]
    classes = model(images).argmax(1)
    x = textbook_iterates(model, images, classes, norm, eps)[-1]
    textbook = model(x).argmax(1) != classes
    ours = image_of(attacked(images, model, eps=eps, norm=norm, random_start=False))
    success = model(ours).argmax(1) != classes
    assert 3 <= int(textbook.sum()) <= 21  # else the comparison says nothing
    assert bool((success | ~textbook).all())
    assert float((loss(model, ours, classes) - loss(model, x, classes)).min()) > -1e-5


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_with_all_steps_it_is_the_textbooks_last_iterate_that_does_most(norm: str) -> None:
    """The last one that fools in 8 bits too, else that fools, else the last: its loss is the textbook's."""
    model = toy_classifier(Curved())
    images = torch.rand(24, 3, 9, 9, generator=torch.Generator().manual_seed(1))
    eps = {"linf": 4.0, "l2": 50.0}[norm]
    classes = model(images).argmax(1)

    def met(x: Tensor) -> Tensor:
        fools, printed = (model(photos).argmax(1) != classes for photos in (x, x.mul(255).round().div(255)))
        return fools.long() + (fools & printed).long()

    iterates = textbook_iterates(model, images, classes, norm, eps)
    reached = torch.stack([met(x) for x in iterates])
    losses = torch.stack([loss(model, x, classes) for x in iterates])
    places = torch.arange(len(iterates))[:, None]
    last = places.where(reached == reached.amax(0), -1).amax(0)
    assert int((last == len(iterates) - 1).sum()) >= 20, "of most photos it is the textbook's own result"
    ours = image_of(attacked(images, model, eps=eps, norm=norm, random_start=False))
    assert met(ours).equal(reached.amax(0))
    torch.testing.assert_close(loss(model, ours, classes), losses.gather(0, last[None])[0], atol=1e-4, rtol=0.0)


def test_where_photos_leave_it_is_the_best_of_the_textbooks_iterates() -> None:
    """Of a photo that holds out, the one of the largest loss."""
    model = toy_classifier(Curved())
    images = torch.rand(24, 3, 9, 9, generator=torch.Generator().manual_seed(1))
    classes = model(images).argmax(1)
    iterates = textbook_iterates(model, images, classes, "linf", 2.0)
    losses = torch.stack([loss(model, x, classes) for x in iterates])
    holds = torch.stack([model(x).argmax(1) == classes for x in iterates]).all(0)
    assert int(holds.sum()) >= 3
    ours = image_of(attacked(images, model, eps=2.0, random_start=False, stop_early=True))
    torch.testing.assert_close(loss(model, ours, classes)[holds], losses.amax(0)[holds], atol=1e-4, rtol=0.0)


def test_a_target_is_reached_by_name_and_by_index() -> None:
    model = toy_classifier(Linear(), classes=2)
    images = torch.full((1, 1, 6, 7), 0.5) + 0.01 * model.module.weight
    assert model(images).argmax(1).tolist() == [0]
    for wanted in ("sea", 1, "1"):
        image = image_of(attacked(images, model, eps=16.0, target_class=wanted))
        assert model(image).argmax(1).tolist() == [1]


def test_targeting_the_present_class_keeps_it() -> None:
    model = toy_classifier(Linear(), classes=2)
    images = torch.full((1, 1, 6, 7), 0.5) + 0.01 * model.module.weight
    image = image_of(attacked(images, model, eps=16.0, target_class="sky"))
    assert model(image).argmax(1).tolist() == [0]
    assert loss(model, image, torch.tensor([0])) < loss(model, images, torch.tensor([0]))


def test_an_unknown_class_is_a_parameter_error() -> None:
    with pytest.raises(ParameterError, match="seaa"):
        attacked(torch.rand(1, 3, 8, 8), toy_classifier(), target_class="seaa")


def test_restarts_never_make_it_worse_and_begin_at_random() -> None:
    model = toy_classifier()
    images = torch.rand(4, 3, 9, 9, generator=torch.Generator().manual_seed(2))
    classes = model(images).argmax(1)
    once, thrice = (
        loss(model, image_of(attacked(images, model, eps=10.0, steps=2, restarts=n)), classes) for n in (1, 3)
    )
    assert bool((thrice >= once - 1e-6).all())
    assert bool((thrice > once + 1e-6).any())


def test_a_large_step_size_does_not_leave_the_budget_nor_lose_the_best() -> None:
    model = toy_classifier()
    images = torch.rand(3, 3, 9, 9, generator=torch.Generator().manual_seed(3))
    classes = model(images).argmax(1)
    image = image_of(attacked(images, model, eps=5.0, step_size=50.0, steps=7))
    assert float(distances(image, images)["linf"].max()) <= 5.0 + 1e-3
    assert bool((loss(model, image, classes) >= loss(model, images, classes)).all())


def test_a_model_without_gradient_gets_a_caveat_and_others_get_none() -> None:
    images = torch.rand(2, 3, 6, 7)
    blind = attacked(images, toy_classifier(Blind(), classes=2), steps=3)
    assert all("exactly zero" in report["caveats"][-1] for report in blind.reports)
    assert image_of(blind).equal(images)
    said = attacked(images, toy_classifier(), steps=3).reports[0]["caveats"]
    assert not any("exactly zero" in caveat for caveat in said)


def test_the_weights_get_no_gradient() -> None:
    model = toy_classifier(Linear(), classes=2)
    model.module.requires_grad_(True)
    attacked(torch.rand(1, 1, 6, 7), model, steps=2)
    assert model.module.weight.grad is None
