"""Each sign that a model hides its gradients has its sentence, and an honest model shows none."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from desktop_app.testing import toy_classifier
from desktop_app.testing.running import Bench
from plugins.attack.common.masking import AT_RANDOM, INSIDE, SHARES, black_box_sign, signs
from tests.support.tools import BUILT_IN_TOOLS

PHOTOS = torch.rand(3, 3, 8, 9, generator=torch.Generator().manual_seed(0))


class Plain(nn.Module):
    """Two classes by brightness."""

    def forward(self, images: Tensor) -> Tensor:
        lead = images.mean((1, 2, 3)) - 0.5
        return torch.stack([lead, -lead], 1) * 5.0


class Noisy(Plain):
    """Answers by chance."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images + 0.1 * torch.randn_like(images))


class Probable(Plain):
    """Gives shares."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).softmax(1)


class Rounded(Plain):
    """Has steps where others have slopes."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward((images * 4.0).round() / 4.0)


class Purifying(Plain):
    """Takes a step along a gradient before it answers."""

    def forward(self, images: Tensor) -> Tensor:
        leaf = images.detach().requires_grad_(True)
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(super().forward(leaf).square().sum(), leaf)
        return super().forward(images - 0.01 * slope)


@pytest.mark.parametrize(("module", "said"), [
    (Plain(), []), (Noisy(), [AT_RANDOM]), (Probable(), [SHARES]), (Purifying(), [INSIDE]),
])  # fmt: skip
def test_a_sign_has_its_sentence(module: nn.Module, said: list[str]) -> None:
    assert list(signs(toy_classifier(module, classes=2), PHOTOS)) == said
    assert torch.autograd.grad.__name__ == "grad"


def test_photos_without_a_gradient_are_counted() -> None:
    (said,) = signs(toy_classifier(Rounded(), classes=2), PHOTOS)
    assert "exactly zero on 3 of 3 photos" in said


def test_the_standard_says_what_it_saw() -> None:
    bench = Bench(BUILT_IN_TOOLS.tool("attack.auto"), BUILT_IN_TOOLS)
    params = {"steps": 2, "queries": 30, "eps": 8.0}
    for module, is_masked in ((Plain(), False), (Probable(), True)):
        (report,) = bench.call(PHOTOS[:1], params, models=[toy_classifier(module, classes=2)]).reports
        assert (SHARES in report["masking"]) is is_masked
        assert (SHARES in report["caveats"]) is is_masked


def test_squares_that_find_more_than_gradients_are_told() -> None:
    assert list(black_box_sign(0)) == []
    (said,) = black_box_sign(2)
    assert "fooled 2 photos" in said
