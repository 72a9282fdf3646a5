"""A folded classifier answers as before, with the same gradients, and is not used where it would not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from desktop_app.core.models.folding import folded


def normed(width: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(width)
    draw = torch.Generator().manual_seed(width)
    norm.running_mean.copy_(torch.randn(width, generator=draw))
    norm.running_var.copy_(torch.rand(width, generator=draw) + 0.1)
    norm.weight.data.copy_(torch.randn(width, generator=draw))
    norm.bias.data.copy_(torch.randn(width, generator=draw))
    return norm


class Net(nn.Module):
    """A block with a shortcut, and whatever stands in its middle."""

    def __init__(self, middle: nn.Module | None = None) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), normed(8), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), normed(8))
        self.middle = middle or nn.Identity()
        self.head = nn.Linear(8, 5)

    def forward(self, images: Tensor) -> Tensor:
        found = self.first(images)
        found = self.middle(found + self.second(found)).relu()
        return self.head(found.mean((2, 3)))


class Shared(nn.Module):
    """What a convolution gives is used both before and behind its batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(8, 8, 1), normed(8)

    def forward(self, images: Tensor) -> Tensor:
        found = self.convolution(images)
        return found + self.norm(found)


class Twice(nn.Module):
    """One convolution before two batch norms in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(8, 8, 1), normed(8)

    def forward(self, images: Tensor) -> Tensor:
        return self.norm(self.convolution(self.norm(self.convolution(images))))


class Viewed(nn.Module):
    """Takes for granted how planes lie in memory."""

    def forward(self, images: Tensor) -> Tensor:
        return images.view(len(images), -1).view(images.shape)


def made(middle: nn.Module | None = None) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Net(middle).eval().requires_grad_(False)


def gradient(network: nn.Module, images: Tensor) -> Tensor:
    leaf = images.clone().requires_grad_(True)
    (found,) = torch.autograd.grad(network(leaf).logsumexp(1).sum(), leaf)
    return found


@pytest.mark.parametrize("middle", [None, Twice()])
def test_it_answers_the_same_and_has_the_same_gradients(middle: nn.Module | None) -> None:
    network, images = made(middle), torch.rand(3, 3, 20, 28, generator=torch.Generator().manual_seed(1))
    quick = folded(network)
    assert quick is not None
    torch.testing.assert_close(quick(images), network(images), rtol=1e-5, atol=1e-5)
    ours = gradient(quick, images)
    torch.testing.assert_close(ours, gradient(network, images), rtol=1e-4, atol=1e-6)
    assert ours.is_contiguous()
    kinds = [type(part) for part in quick.modules()]
    assert kinds.count(nn.BatchNorm2d) == (0 if middle is None else 1)  # one that is passed twice stays
    assert sum(isinstance(part, nn.BatchNorm2d) for part in network.modules()) == (2 if middle is None else 3)
    assert folded(network) is quick, "made once"
    assert not any(weight.requires_grad for weight in quick.parameters())
    assert "folded" not in str(list(network.state_dict()))


@pytest.mark.parametrize("middle", [Shared(), Viewed(), nn.Dropout()])
def test_it_is_left_where_it_would_answer_otherwise(middle: nn.Module) -> None:
    network = made(middle)
    if isinstance(middle, nn.Dropout):
        middle.train()
    assert folded(network) is None


def test_what_answers_with_more_than_logits_is_left() -> None:
    class Several(Net):
        def forward(self, images: Tensor) -> Tensor:
            return super().forward(images), images  # type: ignore[return-value]

    assert folded(Several().eval().requires_grad_(False)) is None


def test_what_has_no_batch_norm_or_is_being_trained_is_left() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    assert folded(plain) is None
    assert folded(Net().train()) is None
