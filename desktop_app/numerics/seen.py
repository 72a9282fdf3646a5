"""What a classifier makes of photos in one pass: its logits, and what three of its layers hold on the way.

The features before the last linear layer; the mean over the photo of a convolution's channels half-way through
(Lee 2018, arXiv:1807.03888, section 2.3); mean and deviation of those of the last convolution but one: photos that look
alike to the last layer, which was taught to tell a few things and nothing else, may differ there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Seen", "inner_layers", "last_layer", "look"]


@dataclass(frozen=True, eq=False)
class Seen:
    """Of N photos, float32.

    Parameters
    ----------
    logits : Tensor
        ``(N, K)``.
    features : Tensor
        ``(N, D)`` before the last linear layer; D is 0 where there is none.
    middle : Tensor
        ``(N, M)`` half-way; M is 0 where there is no such layer.
    late : Tensor
        ``(N, L)`` one before the last of its kind; L is 0 where there is no such layer.
    """

    logits: Tensor
    features: Tensor
    middle: Tensor
    late: Tensor

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """All of it, ``(N, …)`` float32 each, in the order of a table's columns."""
        return self.logits, self.features, self.middle, self.late

    def rows(self, classes: Tensor) -> Tensor:
        """Return all of it with the photos' own classes ``(N,)`` int64 as a table ``(N, 1 + K + …)`` float32."""
        return torch.cat([classes.to(self.logits)[:, None], *self.parts], 1)

    def split(self, table: Tensor) -> tuple[Seen, Tensor]:
        """Return such a table ``(n, 1 + K + …)`` of other photos in parts, and their classes ``(n,)`` int64."""
        return Seen(*torch.split(table[:, 1:], [part.shape[1] for part in self.parts], 1)), table[:, 0].long()


def look(model: Callable[[Tensor], Tensor], network: nn.Module | None, images: Tensor) -> Seen:
    """Ask a classifier about images ``(N, C, H, W)`` float32 in [0, 1], without gradients.

    Parameters
    ----------
    model : callable
        Returns logits ``(N, K)``.
    network : Module, optional
        Into which one can look; it runs as ever.
    """
    held: dict[str, Tensor] = {}
    last, (middle, late) = (None, (None, None)) if network is None else (last_layer(network), inner_layers(network))
    handles = []
    if last is not None:
        handles.append(last.register_forward_pre_hook(lambda _, given: held.update(features=_pooled(given[0]))))
    if middle is not None:
        handles.append(middle.register_forward_hook(lambda _, __, output: held.update(middle=_pooled(output))))
    if late is not None:
        handles.append(late.register_forward_hook(lambda _, __, output: held.update(late=_spread(output))))
    try:
        with torch.no_grad():
            logits = model(images).float()
    finally:
        for handle in handles:
            handle.remove()
    none = logits.new_zeros(len(logits), 0)
    found = {name: held[name] if name in held and len(held[name]) == len(logits) else none
             for name in ("features", "middle", "late")}  # fmt: skip
    return Seen(logits, **found)


def last_layer(network: nn.Module) -> nn.Linear | None:
    """Return a network's last linear layer."""
    linear = [part for part in network.modules() if isinstance(part, nn.Linear)]
    return linear[-1] if linear else None


def inner_layers(network: nn.Module) -> tuple[nn.Module | None, nn.Module | None]:
    """Return the convolution half-way in a network and the last but one; linear layers where there are hardly any."""
    modules = list(network.modules())
    convolutions = [part for part in modules if isinstance(part, nn.Conv2d)]
    linear = [part for part in modules if isinstance(part, nn.Linear)][:-1]
    parts: Sequence[nn.Module] = convolutions if len(convolutions) > 1 or not linear else linear  # one cuts into tokens
    return (parts[len(parts) // 2], parts[-2:][0]) if parts else (None, None)


def _pooled(values: Tensor) -> Tensor:
    """Return ``(N, C)`` float32 of ``(N, C, H, W)`` or tokens ``(N, T, C)``."""
    return _places(values).mean(1)


def _spread(values: Tensor) -> Tensor:
    """Return mean and deviation ``(N, 2 C)`` float32 over the places of such values; a linear layer's as they are."""
    places = _places(values)
    means, count = places.mean(1), places.shape[1]
    if values.ndim == 2:
        return means
    squares = (places - means[:, None]).square_().sum(1)  # torch.std takes ten times as long on a CPU
    return torch.cat([means, (squares / max(count - 1, 1)).sqrt()], 1)  # as many numbers of a tiny photo as of any


def _places(values: Tensor) -> Tensor:
    """Return ``(N, P, C)`` float32."""
    channels = values.movedim(1, -1) if values.ndim == 4 else values
    return channels.float().reshape(len(values), -1, channels.shape[-1])
