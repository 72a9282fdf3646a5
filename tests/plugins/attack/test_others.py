"""One step, steps that find their size, and squares without gradients: in budget, and as strong as they should be."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result, Tool
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import call_tool, toy_classifier
from plugins.attack.apgd.algorithm import checkpoints


def tool(name: str) -> Tool:
    found: Tool = import_module(f"plugins.attack.{name}.descriptor").verilens_tools()[0]
    return found


class Linear(nn.Module):
    """Two classes and a third that never wins: the worst change of a linear model is known."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("weights", weights)

    def forward(self, images: Tensor) -> Tensor:
        weights: Tensor = self.weights
        lead = (images * weights).sum((1, 2, 3))
        return torch.stack([lead, -lead, torch.full_like(lead, -50.0)], dim=1)


WEIGHTS = torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(0)) / 10.0
LINEAR = toy_classifier(Linear(WEIGHTS), classes=len(WEIGHTS))
PHOTOS = 0.3 + 0.4 * torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def attacked(name: str, images: Tensor, model: LoadedClassifier, seeds: Any = None, **params: Any) -> Result:
    return call_tool(tool(name), images, params, models=[model], seeds=seeds)


def lead(images: Tensor | None, photos: Tensor = PHOTOS) -> Tensor:
    """Return how sure the linear model is of its first answer to the photos."""
    assert images is not None
    return (images * WEIGHTS).sum((1, 2, 3)) * (photos * WEIGHTS).sum((1, 2, 3)).sign()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_one_step_is_the_best_step_against_a_linear_model(norm: str) -> None:
    eps = 4.0 if norm == "linf" else 20.0
    moved = attacked("fgsm", PHOTOS, LINEAR, norm=norm, eps=eps)
    length = WEIGHTS.abs().sum() if norm == "linf" else WEIGHTS.norm()
    torch.testing.assert_close(lead(PHOTOS) - lead(moved.image), (eps / 255.0 * length).expand(5), rtol=1e-3, atol=0.0)
    assert "weakest" in moved.reports[0]["caveats"][0]


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("loss", ["ce", "dlr"])
def test_auto_pgd_finds_the_worst_change_of_a_linear_model(norm: str, loss: str) -> None:
    eps = 3.0 if norm == "linf" else 15.0
    image = attacked("apgd", PHOTOS, LINEAR, norm=norm, eps=eps, steps=20, loss=loss).image
    length = WEIGHTS.abs().sum() if norm == "linf" else WEIGHTS.norm()
    worst = lead(PHOTOS) - eps / 255.0 * length
    falls = worst < 0.0
    assert image is not None
    assert torch.equal(lead(image) < 0.0, falls), "fooled exactly where the budget allows it"
    torch.testing.assert_close(lead(image)[~falls], worst[~falls], rtol=0.02, atol=1e-3)
    delta = image - PHOTOS
    sizes = delta.abs().amax((1, 2, 3)) if norm == "linf" else delta.flatten(1).norm(dim=1)
    assert float(sizes.max()) <= eps / 255.0 * (1 + 1e-5)


def test_checkpoints_are_the_papers() -> None:
    assert checkpoints(100) == [22, 41, 57, 70, 80, 87, 93, 99]


def test_squares_fool_without_gradients_and_count_their_queries() -> None:
    budget = 3.0 * 255.0 * float((lead(PHOTOS) / WEIGHTS.abs().sum()).max())
    with torch.no_grad():
        found = attacked("square", PHOTOS, LINEAR, eps=budget, queries=400)
    assert bool((lead(found.image) < 0.0).all())
    counts = [report["queries"] for report in found.reports]
    assert all(1 < count < 400 for count in counts)
    assert len(set(counts)) > 1, "a photo that is fooled is not asked about again"
    assert found.image is not None
    assert float((found.image - PHOTOS).abs().max()) <= budget / 255.0 * (1 + 1e-5)


@pytest.mark.parametrize("name", ["fgsm", "apgd", "square"])
def test_a_target_is_approached(name: str) -> None:
    model = toy_classifier()
    before = model(PHOTOS).softmax(1)
    target = int(before.mean(0).argsort()[1])
    image = attacked(name, PHOTOS, model, eps=8.0, target_class=target).image
    assert image is not None
    assert bool((model(image).softmax(1)[:, target] > before[:, target]).all())


def test_auto_pgd_is_no_weaker_than_one_step() -> None:
    model = toy_classifier()
    own = model(PHOTOS).argmax(1, keepdim=True)

    def share(name: str, **params: Any) -> Tensor:
        image = attacked(name, PHOTOS, model, eps=2.0, **params).image
        assert image is not None
        return model(image).softmax(1).gather(1, own)

    assert bool((share("apgd", steps=30, loss="ce") <= share("fgsm") + 1e-4).all())
