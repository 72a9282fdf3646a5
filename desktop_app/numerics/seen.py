"""What a classifier makes of photos in one pass: its logits, and what two of its layers hold on the way.

The features before the last linear layer, and the mean over the photo of a convolution's channels half-way through
(Lee 2018, arXiv:1807.03888, section 2.3): photos that look alike to the last layer may differ there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Seen", "last_layer", "look", "middle_layer"]


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
    """

    logits: Tensor
    features: Tensor
    middle: Tensor

    def rows(self, classes: Tensor) -> Tensor:
        """Return all of it with the photos' own classes ``(N,)`` int64 as a table ``(N, 1 + K + D + M)`` float32."""
        return torch.cat([classes.to(self.logits)[:, None], self.logits, self.features, self.middle], 1)

    def split(self, table: Tensor) -> tuple[Seen, Tensor]:
        """Return such a table ``(n, 1 + K + D + M)`` of other photos in parts, and their classes ``(n,)`` int64."""
        parts = torch.split(table[:, 1:], [self.logits.shape[1], self.features.shape[1], self.middle.shape[1]], 1)
        return Seen(*parts), table[:, 0].long()


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
    last, middle = (None, None) if network is None else (last_layer(network), middle_layer(network))
    handles = []
    if last is not None:
        handles.append(last.register_forward_pre_hook(lambda _, given: held.update(features=_pooled(given[0]))))
    if middle is not None:
        handles.append(middle.register_forward_hook(lambda _, __, output: held.update(middle=_pooled(output))))
    try:
        with torch.no_grad():
            logits = model(images).float()
    finally:
        for handle in handles:
            handle.remove()
    none = logits.new_zeros(len(logits), 0)
    found = {name: held[name] if name in held and len(held[name]) == len(logits) else none
             for name in ("features", "middle")}  # fmt: skip
    return Seen(logits, **found)


def last_layer(network: nn.Module) -> nn.Linear | None:
    """Return a network's last linear layer."""
    linear = [part for part in network.modules() if isinstance(part, nn.Linear)]
    return linear[-1] if linear else None


def middle_layer(network: nn.Module) -> nn.Module | None:
    """Return the convolution, or the linear layer where there are none, that stands half-way in a network."""
    convolutions: list[nn.Module] = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    parts = convolutions or [part for part in network.modules() if isinstance(part, nn.Linear)][:-1]
    return parts[len(parts) // 2] if parts else None


def _pooled(values: Tensor) -> Tensor:
    """Return ``(N, C)`` float32 of ``(N, C, H, W)`` or tokens ``(N, T, C)``."""
    means = values.float()
    if means.ndim == 4:
        return means.mean((2, 3))
    return means.flatten(1, -2).mean(1) if means.ndim > 2 else means
