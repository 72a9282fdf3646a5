"""The kit checks models: each fault is found once, and nothing in an honest one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


class Forked(Honest):
    """Random, and no trace of it is left in the process."""

    def forward(self, images: Tensor) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            return super().forward(images) + torch.rand(4)


class Bounded(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).sigmoid()


class Contrasting(Honest):
    """Divides by the photo's contrast, of which a flat one has none."""

    def forward(self, images: Tensor) -> Tensor:
        spread = images.amax((1, 2, 3)) - images.amin((1, 2, 3))
        return super().forward(images) / spread[:, None]


class Halfway(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        return torch.cat([logits[:, :2], logits[:, 2:].detach()], 1)


class _Backwards(torch.autograd.Function):
    @staticmethod
    def forward(_context: Any, images: Tensor) -> Tensor:
        return images.clone()

    @staticmethod
    def backward(_context: Any, slope: Tensor) -> Tensor:
        return -slope


class Masked(Honest):
    """Its gradients lead away from where its answer grows."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(_Backwards.apply(images))


class Alone(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images[:1])


class Faint(Honest):
    """So small are its logits that what others in the batch do to them is small, too."""

    def forward(self, images: Tensor) -> Tensor:
        return 1e-4 * (super().forward(images) - images.mean())


class Setting(Honest):
    def forward(self, images: Tensor) -> Tensor:
        torch.set_default_dtype(torch.float64)
        return super().forward(images)


class Switching(Honest):
    def forward(self, images: Tensor) -> Tensor:
        torch.set_grad_enabled(False)
        return super().forward(images)


class Talking(Honest):
    def forward(self, images: Tensor) -> Tensor:
        print("thinking")
        return super().forward(images)


class Leaving(Honest):
    def forward(self, images: Tensor) -> Tensor:
        raise SystemExit(2)


class Interrupting(Honest):
    def forward(self, images: Tensor) -> Tensor:
        raise KeyboardInterrupt


class Counting(Honest):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        return super().forward(images)


class Pairing(Honest):
    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        return logits, logits  # type: ignore[return-value] # the fault


class Counted(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return (super().forward(images) * 100.0).long()


class InPercent(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).softmax(1) * 100.0


class ForFew(Honest):
    """Answers four photos of a batch, and takes the others for the first."""

    def forward(self, images: Tensor) -> Tensor:
        logits = super().forward(images)
        return torch.cat([logits[:4], logits[:1].expand(len(logits[4:]), -1)])


class ForSmall(Honest):
    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-1] > 224:
            raise RuntimeError("too large")
        return super().forward(images)


KEPT: list[Tensor] = []


class Keeping(Honest):
    def forward(self, images: Tensor) -> Tensor:
        KEPT.append(images)
        return super().forward(images)


FAULTY = [
    (InPercent, "answers", "sum to 100"),
    (ForFew, "batches", "sample 4"),
    (ForSmall, "logits", "300×257"),
    (Keeping, "keeping", "of a photo to be kept"),
    (Short, "logits", "one for each label"),
    (Probable, "answers", "probabilities"),
    (Endless, "logits", "finite"),
    (Coloured, "logits", "grey"),
    (Square, "logits", "colour"),
    (Numb, "gradients", "not all zero"),
    (Random, "conduct", "torch's random state"),
    (Sociable, "batches", "alone and in a batch"),
    (Learning, "conduct", "eval mode"),
    (Thawing, "conduct", "frozen"),
    (Overwriting, "conduct", "photo"),
    (Blind, "dependence", "depends on the photo"),
    (Forked, "repetition", "same logits again"),
    (Bounded, "answers", "sigmoid"),
    (Contrasting, "logits", "flat black, flat white"),
    (Halfway, "gradients", "not all zero"),
    (Masked, "gradients", "how the answer changes"),
    (Alone, "batches", "5 photos"),
    (Faint, "batches", "alone and in a batch"),
    (Setting, "conduct", "default dtype"),
    (Switching, "conduct", "gradient mode"),
    (Talking, "conduct", "thinking"),
    (Leaving, "logits", "SystemExit"),
    (Interrupting, "logits", "KeyboardInterrupt"),
    (Counting, "conduct", "calls"),
    (Pairing, "logits", "got tuple"),
    (Counted, "logits", "whole numbers"),
]


class Large(Honest):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) * 1e5


class Little(Honest):
    """Its logits lie in [0, 1] on most photos, as an untrained network's may."""

    def forward(self, images: Tensor) -> Tensor:
        return 0.5 + 0.05 * super().forward(images)


class Stepping(Honest):
    """Rounds as an 8-bit file does, with gradients that go straight through."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images + ((images * 255.0).round() / 255.0 - images).detach())


class Sharpening(nn.Module):
    """A restoration of three channels."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.body = nn.Conv2d(3, 3, 5, padding=2)

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = images + 0.1 * self.body(images)
        return answer


class Doubling(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.interpolate(super().forward(images), scale_factor=2.0)


class Narrowing(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images)[..., 1:-1, 1:-1]


class InLevels(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) * 255.0


class Widely(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) - images.mean((2, 3), keepdim=True)


class Finding(Sharpening):
    """Gives what is to be taken from the photo, and does not take it."""

    def forward(self, images: Tensor) -> Tensor:
        return self.body(images) * 0.01


class InOtherOrder(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).flip(1)


class Moving(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images).roll(1, -1)


class FromMinusOne(Sharpening):
    def forward(self, images: Tensor) -> Tensor:
        return 2.0 * super().forward(images) - 1.0


FAULTY_RESTORERS: list[tuple[type[nn.Module], dict[str, Any], str, str]] = [
    (Sharpening, {"scale": 2}, "pictures", "2 times"),
    (Doubling, {}, "pictures", "mend its scale"),
    (Narrowing, {}, "pictures", "1 times"),
    (InLevels, {}, "pictures", "255"),
    (Finding, {}, "likeness", "unlike"),
    (InOtherOrder, {}, "likeness", "red and blue"),
    (Moving, {}, "likeness", "moved by 1, 0"),
    (FromMinusOne, {}, "likeness", "[-1, 1]"),
    (Sharpening, {"reach": 1}, "reach", "widen"),
    (Widely, {"reach": 2}, "reach", "measured"),
]


def described(network: type[nn.Module], folder: Path, **facts: Any) -> Model:
    path = folder / "weights.safetensors"
    save_file(network().state_dict(), path)
    kept = {"task": "classifier", "labels": ("sky", "sea", "sand", "stone"), "sha256": sha256_of(path)}
    return Model(
        id="mine.model", title="Mine", builder=f"{__name__}:{network.__name__}", weights=path, **{**kept, **facts}
    )


@pytest.mark.parametrize(("network", "check", "words"), FAULTY, ids=lambda value: getattr(value, "__name__", None))
def test_it_finds_each_fault_once(network: type[Honest], check: str, words: str, tmp_path: Path) -> None:
    (found,) = check_model(described(network, tmp_path))
    assert found.check == check
    assert words in str(found)


@pytest.mark.parametrize("network", [Honest, Large, Little, Stepping])
def test_it_finds_nothing_in_an_honest_model(network: type[Honest], tmp_path: Path) -> None:
    assert [str(one) for one in check_model(described(network, tmp_path))] == []


@pytest.mark.parametrize(("network", "facts", "check", "words"), FAULTY_RESTORERS)
def test_it_finds_each_fault_of_a_restorer_once(
    network: type[nn.Module], facts: dict[str, Any], check: str, words: str, tmp_path: Path
) -> None:
    (found,) = check_model(described(network, tmp_path, task="restoration", labels=(), **facts))
    assert found.check == check
    assert words in str(found)


@pytest.mark.parametrize(("network", "facts"), [
    (Sharpening, {}), (Sharpening, {"reach": 2}), (Doubling, {"scale": 2, "reach": 3, "multiple": 4}), (Widely, {}),
])  # fmt: skip
def test_it_finds_nothing_in_an_honest_restorer(
    network: type[nn.Module], facts: dict[str, Any], tmp_path: Path
) -> None:
    model = described(network, tmp_path, task="restoration", labels=(), **facts)
    assert [str(one) for one in check_model(model)] == []


@pytest.mark.parametrize("facts", [
    {"labels": "four"}, {"labels": (1, 2, 3, 4)}, {"scale": 0}, {"scale": 1.5}, {"multiple": 0}, {"reach": -1},
    {"channels": 3}, {"channels": (3,)}, {"keys": "conv.weight"}, {"commercial": "perhaps"},
])  # fmt: skip
def test_a_descriptor_that_no_host_loads_is_all_that_is_found(facts: dict[str, Any], tmp_path: Path) -> None:
    (found,) = check_model(described(Honest, tmp_path, **facts))
    assert found.check == "descriptor"
    assert next(iter(facts)).split()[0] in str(found)


def test_nothing_is_left_of_a_network_that_changes_the_process(tmp_path: Path) -> None:
    before = torch.get_default_dtype(), torch.get_rng_state()
    check_model(described(Setting, tmp_path))
    check_model(described(Random, tmp_path))
    assert torch.get_default_dtype() is before[0]
    assert torch.get_rng_state().equal(before[1])


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
