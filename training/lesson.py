"""What a restoring network is taught: a row for each, which ``training.restoring`` carries out and writes a card of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from plugins.restoration.common.unet import RestorationUnet
from training.optimisation import Schedule

__all__ = ["LIKELIHOOD", "LIKELIHOOD_OF_DECIBELS", "Lesson", "Pair", "decibels", "root_mean_square", "trunk_loss"]

LIKELIHOOD = 0.02
"""Weight of the variance's likelihood beside the error of the mean."""
LIKELIHOOD_OF_DECIBELS = 0.3
"""The same beside `decibels`, which a mean moves more than its root mean squared error."""
_HALF_A_LEVEL = 0.5 / 255


@dataclass(frozen=True)
class Pair:
    """A batch of photos as the network is given them and as it should give them back.

    Parameters
    ----------
    given : Tensor
        ``(N, C, h, w)`` float32, nominally in [0, 1].
    wanted : Tensor
        ``(N, C, H, W)`` float32: the same size, or scale times it.
    extra : mapping of str to Tensor
        What else the loss or the network needs, one row a photo: kinds, masks, kernels, motion.
    """

    given: Tensor
    wanted: Tensor
    extra: Mapping[str, Tensor] = field(default_factory=dict)

    def on(self, device: torch.device) -> Pair:
        """Return the same on a device."""
        extra = {name: value.to(device) for name, value in self.extra.items()}
        return Pair(self.given.to(device), self.wanted.to(device), extra)


def _as_given(pair: Pair) -> Tensor:
    return pair.given


def _first_of(network: nn.Module, pair: Pair) -> Tensor:
    found: Tensor = network(pair.given)
    return found[:, : pair.wanted.shape[1]]


def _itself(module: nn.Module) -> nn.Module:
    return module


def _no_more(network: nn.Module, photos: Sequence[Tensor]) -> Mapping[str, float]:  # noqa: ARG001 - the field's signature
    return {}


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One network's lesson.

    Parameters
    ----------
    model : str
        Id of the `Model`, such as ``derain.progressive_net``.
    what : str
        What it does to a photo, in a sentence for the card.
    signature : str
        What it is made of, what it takes and gives: shapes, ranges, encoding.
    factory : str
        ``"package.module:function"`` that returns the untrained network, as the card names it.
    pairs : callable
        Of clean crops ``(N, 3, side, side)`` float32 in [0, 1] and a generator: a `Pair`. It draws from the generator
        alone. Held-out photos come to it one at a time, in their own size.
    loss : callable
        Of what is trained and a pair: the scalar loss; called with bfloat16 autocast unless `is_exact`.
    restore : callable
        Of the network in eval mode and a pair: the picture ``pair.wanted`` should be, for the held-out figure. None
        for a network that gives no picture; its figures are `figures` alone.
    baseline : callable
        Of a pair: what one has without the network, as a picture of the wanted size; by default what is given.
    network : callable, optional
        What is trained, where that is more than the factory's network (critics beside it).
    shipped : callable
        Of what is trained: the factory's network within it.
    figures : callable
        Of the network in eval mode and the held-out photos ``(3, H, W)`` uint8: further figures by name; autocast, if
        any, is its own.
    with_leaves : bool
        Whether one in nine of the pictures that crops are taken from is of `dead_leaves`.
    start : str
        Name of the bundled network whose weights it starts from where the names are the same; empty for random ones.
    caveats : sequence of str
        Where it fails, and what it never saw.
    """

    model: str
    what: str
    signature: str
    factory: str
    pairs: Callable[[Tensor, torch.Generator], Pair]
    loss: Callable[[Any, Pair], Tensor]
    restore: Callable[[Any, Pair], Tensor] | None = _first_of
    baseline: Callable[[Pair], Tensor] = _as_given
    network: Callable[[], nn.Module] | None = None
    shipped: Callable[[Any], nn.Module] = _itself
    figures: Callable[[Any, Sequence[Tensor]], Mapping[str, float]] = _no_more
    schedule: Schedule = field(default_factory=lambda: Schedule(steps=1500, rate=5e-4, warmup=100, average=0.995))
    batch: int = 8
    crop: int = 96
    margin: int = 16
    """Pixels around a crop that `pairs` sees and the network does not, so that blurs and blocks have surroundings; both
    pictures of a pair are cut where they have the crops' size."""
    with_leaves: bool = False
    start: str = ""
    is_exact: bool = False
    caveats: Sequence[str] = ()


def root_mean_square(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean over photos of the root mean squared error: what PSNR is made of, so that all photos count."""
    return (found - wanted).square().mean((1, 2, 3)).add(1e-8).sqrt().mean()


def decibels(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean over photos of the error in tens of decibels, from half a level (-5.4) up.

    A photo that is nearly right counts as much as any other; of photos that are damaged in very different degrees,
    `root_mean_square` hears next to nothing but the worst.
    """
    return (found - wanted).square().mean((1, 2, 3)).add(_HALF_A_LEVEL**2).log10().mean()


def trunk_loss(
    network: RestorationUnet,
    pair: Pair,
    error: Callable[[Tensor, Tensor], Tensor] = root_mean_square,
    weight: float = LIKELIHOOD,
) -> Tensor:
    """Return the loss of the trunk: the error of its mean, and its variance's likelihood of what is left.

    The variance learns by the Gaussian likelihood (Kendall, Gal 2017, arXiv:1703.04977, eq. 5), which the mean does not
    see: it would otherwise learn less where it is unsure. The noise's deviation is told as the pair's ``noise_std``.
    """
    mean, log_variance = network.moments(pair.given, pair.extra.get("noise_std"))
    squared = (mean - pair.wanted).detach().square()
    likelihood = 0.5 * (squared * (-log_variance).exp() + log_variance)
    return error(mean, pair.wanted) + weight * likelihood.mean()
