"""How the weights of a network are led: how long, how fast, and what follows them slowly."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

__all__ = ["Course", "Lookahead", "Schedule", "lookahead", "set_rate", "triangle"]


class Course(Protocol):
    """How long, how fast, how often looked at; a frozen dataclass of plain values, by which runs know each other."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def steps(self) -> int:
        """Batches in all."""

    @property
    def every(self) -> int:
        """Steps between two checkpoints, each with a held-out figure."""

    @property
    def seed(self) -> int:
        """What randomness starts from."""

    @property
    def most_gradient(self) -> float | None:
        """The norm that a gradient is shortened to; None leaves it as it is."""

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return what takes the steps; each of its groups has its ``peak`` rate."""

    def factor(self, step: int) -> float:
        """Return the factor on the learning rate at a step, in (0, 1]."""

    def follow(self, network: nn.Module, averaged: nn.Module, step: int) -> None:
        """Let the slow weights follow the network's, after so many steps."""

    def result(self, network: nn.Module, averaged: nn.Module) -> Any:
        """Return which of the two is the result."""


@dataclass(frozen=True)
class Schedule:
    """AdamW along half a cosine; the result is the average of the weights.

    Parameters
    ----------
    steps : int
        Batches in all.
    rate : float
        AdamW's learning rate after the warm-up; it falls along half a cosine to `last` times itself.
    warmup : int
        Steps in which it rises from zero.
    average : float
        Decay of the exponential moving average of the weights, by step.
    every : int
        Steps between two checkpoints, each with a held-out figure.
    """

    steps: int = 20_000
    rate: float = 1e-3
    warmup: int = 300
    last: float = 1e-3
    weight_decay: float = 1e-4
    average: float = 0.999
    every: int = 500
    seed: int = 0

    most_gradient: ClassVar[float | None] = 1.0

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return AdamW, which lets kernels decay and biases not."""
        groups = [
            {"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ]
        for group in groups:
            group["peak"] = self.rate
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99))

    def factor(self, step: int) -> float:
        """Return the factor on the learning rate at a step, in (0, 1]."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return self.last + (1 - self.last) * (1 + cos(pi * min(done, 1.0))) / 2

    def follow(self, network: nn.Module, averaged: nn.Module, step: int) -> None:
        """Move the average towards the network; early on it follows faster."""
        decay = min(self.average, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, value in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
                mean.lerp_(value, 1 - decay) if mean.is_floating_point() else mean.copy_(value)

    def result(self, network: nn.Module, averaged: nn.Module) -> nn.Module:  # noqa: ARG002 - the protocol's
        """Return the average."""
        return averaged


@dataclass(frozen=True)
class Lookahead:
    """Nesterov SGD along a triangle, pulled back every five steps by slow weights (arXiv:2404.00498, section 3.4).

    Parameters
    ----------
    steps : int
        Batches in all.
    every : int
        Steps between two checkpoints, each with a held-out figure.
    rate : float
        At the triangle's top, of kernels; ``rate * weight_decay`` is the same for biases, as in D. Page's notes.
    bias_factor : float
        How much faster vectors (biases) learn than kernels.
    """

    steps: int
    every: int
    seed: int = 0
    rate: float = 0.6
    momentum: float = 0.85
    weight_decay: float = 1.3e-3
    bias_factor: float = 64.0

    most_gradient: ClassVar[float | None] = None
    _inertia: ClassVar[float] = 0.95**5

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return Nesterov SGD in which vectors learn faster than kernels."""
        learning = [p for p in network.parameters() if p.requires_grad]
        kernels, vectors = [p for p in learning if p.ndim > 1], [p for p in learning if p.ndim <= 1]
        fast, slow = self.rate * self.bias_factor, self.weight_decay / self.bias_factor
        groups = [
            {"params": kernels, "lr": self.rate, "peak": self.rate, "weight_decay": self.weight_decay},
            {"params": vectors, "lr": fast, "peak": fast, "weight_decay": slow},
        ]
        return torch.optim.SGD(groups, lr=self.rate, momentum=self.momentum, nesterov=True)

    def factor(self, step: int) -> float:
        """Return the factor on the learning rate at a step, in (0, 1]."""
        return triangle(step, self.steps)

    def follow(self, network: nn.Module, averaged: nn.Module, step: int) -> None:
        """Every five steps pull the slow weights, whose inertia grows, and put the network where they are."""
        if step % 5 == 0:
            lookahead(network, averaged, self._inertia * (step / self.steps) ** 3)

    def result(self, network: nn.Module, averaged: nn.Module) -> nn.Module:  # noqa: ARG002 - the protocol's
        """Return the network, which was put where the slow weights are."""
        return network


def triangle(step: int, steps: int, start: float = 0.2, peak: float = 0.2, end: float = 0.02) -> float:
    """Return the factor on the learning rate: from ``start`` up to 1 at ``peak * steps``, down to ``end``."""
    done = step / max(steps, 1)
    if done < peak:
        return start + (1 - start) * done / peak
    return end + (1 - end) * (1 - done) / (1 - peak)


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set each group's learning rate to ``factor`` times its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def lookahead(network: nn.Module, slow: nn.Module, decay: float) -> None:
    """Pull slow weights towards the network's, then put them into the network (arXiv:1907.08610, alg. 1).

    ``decay`` 0 follows the network at once; 1 would freeze the slow weights. Both have the same parameters.
    """
    pairs: list[tuple[Tensor, Tensor]] = list(zip(network.parameters(), slow.parameters(), strict=True))
    with torch.no_grad():
        for fast, inert in pairs:
            if fast.requires_grad:
                fast.copy_(inert.lerp_(fast, 1 - decay))
