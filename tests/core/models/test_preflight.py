"""What is found out about a classifier before its figures are believed, where the usual signs are misleading."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api.errors import ParameterError
from desktop_app.core.models.preflight import WAYS, preflight


class Spare(nn.Module):
    """Has a batch norm that it does not use, as networks cut out of larger ones have."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body, self.norm = nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5)

    def forward(self, images: Tensor) -> Tensor:
        return self.body(images).mean((2, 3))


def test_a_batch_norm_that_is_not_used_tells_nothing() -> None:
    found = preflight(Spare().eval())
    assert found["evidence"] == "answers"
    assert found["outputs"] == 5


class Folding(nn.BatchNorm2d):
    """Remembers four turned copies of each channel together, as a batch norm of turning filters does."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images.unflatten(1, (-1, 4)).flatten(2, 3)).reshape(images.shape)


def test_a_batch_norm_of_another_shape_tells_nothing() -> None:
    layers = nn.Conv2d(3, 20, 3), Folding(5), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    assert preflight(nn.Sequential(*layers).eval())["evidence"] == "answers"


def test_ways_that_suit_about_as_well_are_named_beside_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    worth = dict(zip(WAYS, (0.1, 0.95, 1.0, 0.3, 0.2), strict=True))
    answers = iter(worth.values())
    monkeypatch.setattr("desktop_app.core.models.preflight._worth", lambda _answer: next(answers))
    found = preflight(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    assert (found["normalisation"], found["best"], found["rivals"]) == ("missing", "imagenet", ["half"])
    assert "(ImageNet's mean and deviation / [-1, 1]): every figure is off" in found["warnings"][0]


def test_a_network_for_other_photos_is_told() -> None:
    with pytest.raises(ParameterError, match=r"fails on some of 256×256 pixels \(.*\); it is another network"):
        preflight(nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).eval())
