"""Dropout on demand: masks from a run's own seeds, laid on by hooks, with the network left in eval mode.

Torch's dropout draws from the global random state, and one draw serves a whole batch: a sample's mask would depend on
its neighbours. Here every sample draws from a generator of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from desktop_app.api import ToolError

_CHANNELWISE = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
_FOREIGN = (nn.AlphaDropout, nn.FeatureAlphaDropout)


_APART = 2_654_435_761  # between seeds of passes: of a seed torch reckons with 32 bits, neighbours are other photos'
_TOGETHER = 1 << 19  # pixels of the passes that go through a network as one batch
_MOST = 8  # passes in it: with more, little is left to be shared, and the user waits longer for an early end


class SplitBatchError(ToolError):
    """A network saw another number of samples than it was given at a time."""


def dropout_layers(module: nn.Module) -> list[nn.Module]:
    """Return a network's dropout layers that drop anything.

    Raises
    ------
    ToolError
        If there are none, or one is of a kind whose mask is not a plain zero.
    """
    foreign = next((part for part in module.modules() if isinstance(part, _FOREIGN) and part.p > 0), None)
    if foreign is not None:
        raise ToolError(f"expected plain dropout layers, got {type(foreign).__name__}; choose another model")
    plain = (nn.Dropout, *_CHANNELWISE)
    layers: list[nn.Module] = [part for part in module.modules() if isinstance(part, plain) and part.p > 0]
    if not layers:
        raise ToolError(
            f"expected a model with dropout layers, got {type(module).__name__} without any; choose another model or "
            "another uncertainty tool"
        )
    return layers


def together(images: Tensor) -> int:
    """Return how many passes over photos ``(N, C, H, W)``, of any values, go through a network as one batch."""
    return max(1, min(_MOST, _TOGETHER // (len(images) * images.shape[-2] * images.shape[-1])))


def of_passes(passes: range, seeds: Sequence[int]) -> list[torch.Generator]:
    """Return what decides the masks of some passes over N photos, one pass after the other: one each, N in a pass."""
    return [torch.Generator().manual_seed(seed + _APART * index) for index in passes for seed in seeds]


@contextmanager
def dropping(
    layers: Sequence[nn.Module], generators: Sequence[torch.Generator], *, is_kept: bool = False
) -> Iterator[None]:
    """Make dropout layers in eval mode drop, each sample by its own generator; the hooks are gone afterwards.

    Parameters
    ----------
    is_kept : bool
        Whether whole channels stay dropped for as long: all tiles of a photo are then seen by the same thinned network.
    """
    kept: dict[nn.Module, Tensor] = {}

    def drop(layer: Any, _: Any, output: Tensor) -> Tensor:
        mask = kept.get(layer)
        if mask is None:
            mask = mask_of(layer, output, generators)
        if is_kept and isinstance(layer, _CHANNELWISE):
            kept[layer] = mask
        return output * mask

    handles = [layer.register_forward_hook(drop) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def mask_of(layer: Any, output: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Return a layer's mask: 0 with probability p, else 1/(1 - p); per channel where the layer drops channels.

    Parameters
    ----------
    layer : Module
        ``nn.Dropout`` or one of its channel-wise kinds.
    output : Tensor
        ``(N, …)``, what is to be masked.
    generators : sequence of Generator
        N of them, on the CPU: masks are the same on every device.

    Raises
    ------
    ToolError
        If the network has changed the batch's size on the way.
    """
    if len(output) != len(generators):
        raise SplitBatchError(
            f"expected a dropout layer to see {len(generators)} samples, got {len(output)}; choose another model"
        )
    shape = output.shape[1:]
    if isinstance(layer, _CHANNELWISE):
        shape = torch.Size([shape[0], *(1 for _ in shape[1:])])
    kept = torch.stack([torch.rand(shape, generator=one) >= layer.p for one in generators])
    keep_rate = max(1.0 - float(layer.p), torch.finfo(torch.float32).tiny)
    return kept.to(output) / keep_rate
