"""The kit checks models: each fault is found once, and nothing in an honest one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from desktop_app.api import Model
from desktop_app.core.application import Application
from desktop_app.core.models.networks import sha256_of
from desktop_app.testing import check_model


class Honest(nn.Module):
    """Four logits from the mean and the spread of each channel."""

    def __init__(self, labels: int = 4) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.head = nn.Linear(3, labels)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(images.expand(-1, 3, -1, -1).square().mean((2, 3)))
        return logits


class Short(Honest):
    def __init__(self) -> None:
        super().__init__(labels=3)


class Probable(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).softmax(1)


class Endless(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) / (images.amax() - images.amin()).mul(0.0)


class Coloured(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(images.square().mean((2, 3)))
        return logits


class Square(Honest):
    def __init__(self) -> None:
        super().__init__()
        self.whole = nn.Linear(32 * 32, 4)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.whole(images.mean(1).flatten(1))
        return logits


class Numb(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images.detach()) + 0.0 * images.mean()


class Random(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        return logits + torch.rand(4, generator=torch.Generator().manual_seed(torch.seed() % 1000)) * logits


class Sociable(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) - images.mean()


class Learning(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        self.train()
        return logits


class Thawing(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        self.requires_grad_(True)
        return logits


class Overwriting(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        if not images.requires_grad:
            images.zero_()
        return logits


class Blind(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) * 0.0 + torch.arange(4.0) + 1e-30 * images.mean()


FAULTY = [
    (Short, "logits", "one for each label"),
    (Probable, "answers", "probabilities"),
    (Endless, "logits", "finite"),
    (Coloured, "logits", "grey"),
    (Square, "logits", "colour"),
    (Numb, "gradients", "not all zero"),
    (Random, "repetition", "same logits again"),
    (Sociable, "batches", "alone and in a batch"),
    (Learning, "flags", "eval mode"),
    (Thawing, "flags", "frozen"),
    (Overwriting, "flags", "photo"),
    (Blind, "answers", "depends on the photo"),
]


def described(network: type[Honest], folder: Path) -> Model:
    path = folder / "weights.safetensors"
    save_file(network().state_dict(), path)
    return Model(
        id="mine.model", title="Mine", task="classifier", builder=f"{__name__}:{network.__name__}", weights=path,
        sha256=sha256_of(path), labels=("sky", "sea", "sand", "stone"),
    )


@pytest.mark.parametrize(("network", "check", "words"), FAULTY, ids=lambda value: getattr(value, "__name__", None))
def test_it_finds_each_fault_once(network: type[Honest], check: str, words: str, tmp_path: Path) -> None:
    (found,) = check_model(described(network, tmp_path))
    assert found.check == check
    assert words in str(found)


def test_it_finds_nothing_in_an_honest_model(tmp_path: Path) -> None:
    assert check_model(described(Honest, tmp_path)) == []


def test_weights_that_were_changed_are_one_finding(tmp_path: Path) -> None:
    model = described(Honest, tmp_path)
    save_file({name: value + 1.0 for name, value in Honest().state_dict().items()}, model.weights)
    (found,) = check_model(model)
    assert "SHA-256" in str(found)


def test_every_model_of_ours_conforms(tmp_path: Path) -> None:
    application = Application(tmp_path)
    models = [application.host.model(entry.id) for entry in application.host.snapshot().models if entry.is_here]
    application.close()
    assert models
    assert [str(finding) for model in models for finding in check_model(model)] == []
