"""Steps along orthogonal matrices for stacks of like layers, Adam's for the rest: where steps are few, they go further.

Momentum of a kernel, as a matrix, is replaced by the nearest orthogonal one, so that all its directions learn equally
fast (Jordan 2024, https://kellerjordan.github.io/posts/muon/), with the size of step by which AdamW's rates can be kept
(Liu 2025, arXiv:2502.16982, eq. 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from training.optimisation import Schedule

__all__ = ["OrthogonalSchedule", "OrthogonalSteps", "nearest_orthogonal"]

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5
_MOMENTUM = 0.95
_LIKE_ADAM = 0.2  # root mean square of a step, as AdamW's are


def nearest_orthogonal(matrix: Tensor) -> Tensor:
    """Return a matrix ``(m, n)`` with the same directions, all of about the same length: Newton-Schulz, in bfloat16."""
    tall = matrix.shape[0] > matrix.shape[1]
    found: Tensor = (matrix.T if tall else matrix).bfloat16()
    found = found / (found.norm() + 1e-7)
    a, b, c = _QUINTIC
    for _ in range(_ROUNDS):
        square = found @ found.T
        found = a * found + (b * square + c * (square @ square)) @ found
    whole: Tensor = (found.T if tall else found).float()
    return whole


class OrthogonalSteps(torch.optim.Optimizer):
    """Orthogonal steps for groups that say so by ``orthogonal``, Adam's for the others.

    Parameters
    ----------
    groups : iterable of mapping
        With ``params``, ``lr``, ``orthogonal`` and for Adam's groups ``weight_decay``.
    """

    def __init__(self, groups: Iterable[Mapping[str, Any]]) -> None:
        super().__init__([dict(group) for group in groups], {"betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override] # noqa: ARG002 - no closures
        """Take one step; a parameter without a gradient stays."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    move = self._orthogonal if group["orthogonal"] else self._adam
                    parameter.add_(move(parameter, parameter.grad, group), alpha=-group["lr"])

    def _orthogonal(self, kernel: Tensor, gradient: Tensor, _group: Mapping[str, Any]) -> Tensor:
        state = self.state[kernel]
        momentum: Tensor = state.setdefault("momentum", torch.zeros_like(kernel))
        momentum.lerp_(gradient, 1 - _MOMENTUM)
        ahead = gradient.lerp(momentum, _MOMENTUM).flatten(1)
        size: float = _LIKE_ADAM * max(ahead.shape) ** 0.5
        return size * nearest_orthogonal(ahead).view_as(kernel)

    def _adam(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        state, (first, second) = self.state[parameter], group["betas"]
        mean: Tensor = state.setdefault("mean", torch.zeros_like(parameter))
        square: Tensor = state.setdefault("square", torch.zeros_like(parameter))
        state["step"] = count = state.get("step", 0) + 1
        mean.lerp_(gradient, 1 - first)
        square.lerp_(gradient.square(), 1 - second)
        scale = (square / (1 - second**count)).sqrt_().add_(group["eps"])
        step: Tensor = (mean / (1 - first**count)).div_(scale).add_(parameter, alpha=group["weight_decay"])
        return step


@dataclass(frozen=True)
class OrthogonalSchedule(Schedule):
    """The same course, with orthogonal steps for square kernels: those between features of the same number."""

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return `OrthogonalSteps`."""
        learning = [p for p in network.parameters() if p.requires_grad]
        square = [p for p in learning if p.ndim > 1 and p.shape[0] == p.shape[1]]
        kernels = [p for p in learning if p.ndim > 1 and p.shape[0] != p.shape[1]]
        vectors = [p for p in learning if p.ndim <= 1]
        groups = [
            {"params": square, "orthogonal": True},
            {"params": kernels, "orthogonal": False, "weight_decay": self.weight_decay},
            {"params": vectors, "orthogonal": False},
        ]
        return OrthogonalSteps({**group, "lr": self.rate, "peak": self.rate} for group in groups if group["params"])
