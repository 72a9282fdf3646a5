"""How a network is tuned: gently, from where it is, and with what stands beside it learning faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from training.adapting.photos import Seen
from training.optimisation import Schedule

__all__ = ["Comparison", "Tuned", "Tuning"]


@dataclass(frozen=True)
class Tuning(Schedule):
    """AdamW without decay of the weights, along half a cosine; critics learn `faster` times as fast as the network."""

    steps: int = 400
    rate: float = 1e-4
    warmup: int = 40
    average: float = 0.98
    every: int = 25
    weight_decay: float = 0.0
    faster: float = 4.0

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return AdamW with the network's parameters, and those of critics beside it."""
        own = [value for name, value in network.named_parameters() if name.startswith("network.")]
        others = [value for name, value in network.named_parameters() if not name.startswith("network.")]
        groups = [{"params": own, "peak": self.rate}, {"params": others, "peak": self.faster * self.rate}]
        return torch.optim.AdamW([group for group in groups if group["params"]], lr=self.rate, betas=(0.9, 0.99),
                                 weight_decay=self.weight_decay)


@dataclass(frozen=True)
class Comparison:
    """The network as it was and as it is now, on photos that neither was tuned on.

    Parameters
    ----------
    is_better : bool
        Whether it is to be used in place of the old one.
    sentence : str
        Why, with the figures.
    figures : mapping
        By name, before and after.
    """

    is_better: bool
    sentence: str
    figures: Mapping[str, tuple[float, float]]


class Tuned(Protocol):
    """A recipe that tunes a network, as the loop trains it and `training.adapting.recipe` carries it out."""

    @property
    def name(self) -> str:
        """Of the recipe."""

    @property
    def schedule(self) -> Tuning:
        """How long and how fast."""

    @property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""

    @property
    def architecture(self) -> str:
        """Id of the model whose network it is."""

    @property
    def shown(self) -> Sequence[Seen]:
        """Held-out photos for the sheet."""

    def network(self) -> Any:
        """Return what is trained; its ``network`` is what is kept."""

    def loss(self, network: Any, step: int) -> Tensor:
        """Return the loss of a step."""

    def held_out(self, network: Any) -> Mapping[str, float]:
        """Return figures on photos that are held out."""

    def applied(self, network: Any, photo: Tensor) -> Tensor:
        """Return a photo ``(1, 3, H, W)`` float32 as the tool would give it."""

    def compared(self, before: Any, after: Any) -> Comparison:
        """Compare what is trained, as it began and as it is now, on the photos that are held out."""

    def use(self, model: str) -> str:
        """Return the command that uses a model of the store."""
