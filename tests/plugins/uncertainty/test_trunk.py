"""What comes before the first dropout layer is computed once for all passes, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from plugins.uncertainty.mc_dropout.dropout import dropout_layers, dropping, of_passes
from plugins.uncertainty.mc_dropout.trunk import shared_trunk

PASSES = 5


class Skipping(nn.Module):
    """Goes around its dropout with what it found before, writes in place, and uses one layer before and after it."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)])
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout2d(0.5)
        self.last = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        found = self.parts[1](self.parts[0](images))
        found = self.relu(found) * 2.0 + found  # the second, too, has been written into
        dropped = self.last(self.drop(self.last(found)))
        return torch.cat([dropped, found], dim=1).mean((2, 3))


def plain() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 3))


def seen_by(module: nn.Module) -> list[int]:
    """Return a list that will hold how many photos a module is given at each call."""
    rows: list[int] = []
    forward = module.forward

    def counting(images: Tensor) -> object:
        rows.append(len(images))
        return forward(images)

    module.__dict__["forward"] = counting
    return rows


@pytest.mark.parametrize("make", [plain, Skipping])
@pytest.mark.parametrize("photos", [1, 2])
def test_answers_and_gradients_are_those_of_the_whole_batch(make: Callable[[], nn.Module], photos: int) -> None:
    torch.manual_seed(0)
    network = make().eval()
    layers, images = dropout_layers(network), torch.rand(photos, 3, 6, 6)
    found = []
    for passes in (1, PASSES):
        leaf = images.clone().requires_grad_(True)
        masks = of_passes(range(PASSES), range(photos))
        with dropping(layers, masks), shared_trunk([network], layers, passes):
            answer = network(leaf.repeat(PASSES, 1, 1, 1))
        found.append((answer.detach(), torch.autograd.grad(answer.square().sum(), leaf)[0]))
    for whole, shared in zip(*found, strict=True):
        torch.testing.assert_close(shared, whole)
    assert found[0][0].view(PASSES, photos, -1).std(0).max() > 0.01


def test_only_what_comes_before_the_dropout_is_computed_once() -> None:
    network = Skipping().eval()
    early, late, layers = seen_by(network.parts[0]), seen_by(network.last), dropout_layers(network)
    with dropping(layers, of_passes(range(PASSES), [0, 1])), shared_trunk([network], layers, PASSES):
        network(torch.rand(2, 3, 6, 6).repeat(PASSES, 1, 1, 1))
    assert (early, late) == ([2], [2, 2 * PASSES])


def test_photos_that_are_no_copies_are_computed_as_ever() -> None:
    network = plain().eval()
    rows, layers = seen_by(network[0]), dropout_layers(network)
    images = torch.rand(PASSES, 3, 6, 6)
    with shared_trunk([network], layers, PASSES):
        shared = network(images)
    assert rows == [PASSES]
    assert shared.equal(network(images))
    assert rows == [PASSES, PASSES]


def test_a_network_is_left_as_it_was_though_something_fails() -> None:
    network = plain().eval()
    with pytest.raises(RuntimeError), shared_trunk([network], dropout_layers(network), PASSES):
        network(torch.rand(PASSES, 2, 6, 6))
    assert not any("forward" in part.__dict__ or part._forward_pre_hooks or part._forward_hooks
                   for part in network.modules())  # fmt: skip
