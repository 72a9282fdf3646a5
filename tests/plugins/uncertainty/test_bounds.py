"""What is proved of a ReLU network holds whatever is tried; lines are never wider than intervals."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import ToolError
from desktop_app.testing import call_tool, toy_classifier
from plugins.uncertainty.bounds.descriptor import verilens_tools
from plugins.uncertainty.bounds.propagation import Network
from plugins.uncertainty.bounds.tape import recorded


class Residual(nn.Module):
    """Every layer that is known: normalised, a shortcut with fewer pixels and more channels, a mean, two dense ones."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.second, self.third = nn.Conv2d(4, 6, 3, 2, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.pool, self.relu, self.drop = nn.AvgPool2d(2), nn.ReLU(inplace=True), nn.Dropout(0.5)
        self.dense, self.head = nn.Linear(6, 8), nn.Linear(8, 4)
        self.norm.running_mean.uniform_(-0.2, 0.2)
        self.norm.running_var.uniform_(0.5, 1.5)
        self.norm.weight.data.uniform_(-2.0, 2.0)

    def forward(self, images: Tensor) -> Tensor:
        x = self.relu(self.norm(self.first((images.expand(-1, 3, -1, -1) - 0.4) / 0.2)))
        branch = self.third(F.relu(self.second(x)))
        x = F.relu(branch + F.pad(x[..., ::2, ::2], (0, 0, 0, 0, 1, 1)))
        x = self.pool(x).flatten(1)
        logits: Tensor = self.head(self.drop(self.dense(x).relu()))
        return logits


class Dense(nn.Module):
    """So few inputs that every corner and a grid can be tried."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 12), nn.ReLU(),
                                    nn.Linear(12, 4))  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layers(images) * 3.0
        return logits


def seeded(kind: type[nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind().requires_grad_(False).eval()


def photo(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(1, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("eps", [0.0, 0.01, 0.1])
@pytest.mark.parametrize(("kind", "shape"), [(Residual, (3, 4, 4)), (Residual, (1, 4, 4)), (Dense, (1, 2, 2))])
def test_every_step_lies_within_its_bounds_and_lines_are_no_wider(
    kind: type[nn.Module], shape: tuple[int, ...], eps: float
) -> None:
    module, centre = seeded(kind, 1), photo(*shape)
    steps = recorded(module, centre)
    network = Network(steps, lambda: None)
    box = (centre - eps, centre + eps)
    wide, narrow = network.by_intervals(box), network.by_lines(box)
    spread = torch.rand(2000, *shape, generator=torch.Generator().manual_seed(2))
    corners = spread.round()
    values = [centre - eps + 2.0 * eps * torch.cat([spread, corners])]
    for step in steps[1:]:
        sources = [values[place] for place in step.sources]
        values.append(sources[0].relu() if step.is_relu else step.function(*sources))
    torch.testing.assert_close(values[-1], module(values[0]), rtol=1e-4, atol=1e-4)
    for found, (low, high), (lower, higher) in zip(values, narrow, wide, strict=True):
        assert bool((found >= low - 1e-4).all())
        assert bool((found <= high + 1e-4).all())
        assert bool((low >= lower - 1e-5).all())
        assert bool((high <= higher + 1e-5).all())
    if eps == 0.1:
        assert sum(float((b - a).sum()) for a, b in narrow) < sum(float((b - a).sum()) for a, b in wide)


@pytest.mark.parametrize("seed", range(4))
def test_no_attack_within_the_certified_change_works(seed: int) -> None:
    module, centre = seeded(Dense, seed), photo(1, 2, 2, seed=seed + 10)
    (report,) = call_tool(verilens_tools()[0], centre, {"most": 255.0, "halvings": 12},
                          models=[toy_classifier(module)]).reports  # fmt: skip
    assert 0.0 < report["by_intervals"] <= report["by_lines"] == report["certified_radius"]
    axis = torch.linspace(-1.0, 1.0, 15)
    grid = torch.tensor(list(product(axis.tolist(), repeat=4))).view(-1, 1, 2, 2)
    label = int(module(centre).argmax())

    def fooled(levels: float) -> bool:
        tried = (centre + grid * levels / 255.0).clamp(0.0, 1.0)
        return bool((module(tried).argmax(1) != label).any())

    assert not fooled(report["certified_radius"])
    if fooled(255.0):  # and it is not a trifle of what the photo bears
        assert fooled(12.0 * report["certified_radius"])


def test_of_one_layer_the_certificate_is_exact() -> None:
    """A linear classifier flips at its lead over the sum of the differences of its weights."""
    layer = nn.Linear(12, 4)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(4, 12, generator=torch.Generator().manual_seed(3)) * 0.3)
    module = nn.Sequential(nn.Flatten(), layer).requires_grad_(False).eval()
    centre = 0.5 + 0.01 * photo(3, 2, 2)
    logits = module(centre)[0]
    label = int(logits.argmax())
    exact = min(
        float((logits[label] - logits[other]) / (layer.weight[label] - layer.weight[other]).abs().sum()) * 255.0
        for other in range(4)
        if other != label
    )
    (report,) = call_tool(verilens_tools()[0], centre, {"most": 120.0, "halvings": 16},
                          models=[toy_classifier(module)]).reports  # fmt: skip
    assert report["certified_radius"] == pytest.approx(exact, abs=0.02)


class Sum(nn.Module):
    """Mixes the photos of a batch."""

    def forward(self, images: Tensor) -> Tensor:
        return (images - images.mean(0, keepdim=True) + 0.1).flatten(1)[:, :4]


class Halves(nn.Module):
    """Cuts what comes into parts."""

    def forward(self, images: Tensor) -> Tensor:
        left, right = images.chunk(2, 3)
        return left + right


class Fork(nn.Module):
    """Goes one way or another by what it looks at; what it finds of this photo holds for no other."""

    def __init__(self, look: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.look = look

    def forward(self, images: Tensor) -> Tensor:
        return images if self.look(images) else images + images


def headed(layer: nn.Module) -> nn.Module:
    return nn.Sequential(layer, nn.Flatten(), nn.LazyLinear(4))


@pytest.mark.parametrize(("module", "word"), [
    (headed(nn.GELU()), "gelu"), (headed(nn.MaxPool2d(2)), "max_pool2d"),
    (nn.Sequential(nn.Flatten(), nn.Softmax(1)), "softmax"), (Sum(), ""), (headed(Halves()), "chunk"),
    (headed(nn.BatchNorm2d(3, track_running_stats=False)), "batch_norm"),
    *((headed(Fork(look)), "a step that looks at its own values") for look in (
        lambda images: bool(images.mean() > 2.0), lambda images: float(images.mean()) > 2.0,
        lambda images: images.mean().item() > 2.0, lambda images: images.data.mean() > 2.0,
        lambda images: images.equal(torch.zeros(1)), lambda images: images.argmax() == 100,
    )),
])  # fmt: skip
def test_a_layer_that_has_no_bounds_is_named(module: Any, word: str) -> None:
    images = photo(3, 4, 4)
    module.eval()(images)
    with pytest.raises(ToolError, match=f"expected a network of linear layers.* got one with .*{word}"):
        recorded(module, images)
