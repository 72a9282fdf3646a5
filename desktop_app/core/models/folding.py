"""Classifiers made quicker for many questions: batch norms become part of the convolutions before them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

_KEPT = "folded_for_many_questions"  # under which a network keeps its quicker copy, and goes with it
_EXAMPLES = (2, 3, 64, 64)
_SAME = 1e-5  # of the largest logit, by which a folded network's answers may differ: sums in another order
_MOST = 1 << 29  # weights of a network that is copied


class Quick(nn.Module):
    """A folded network, which sees a photo's channels side by side: convolutions need not turn them first."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits ``(N, K)`` of photos ``(N, C, H, W)``; gradients come back as the photos lie in memory."""
        beside: Any = images.contiguous(memory_format=torch.channels_last)
        if beside.requires_grad and beside is not images:
            beside.register_hook(_one_after_another)
        logits: Tensor = self.network(beside)
        return logits


def _one_after_another(gradient: Tensor) -> Tensor:
    return gradient.contiguous()


def folded(network: nn.Module) -> nn.Module | None:
    """Return a quicker copy of a network in eval mode that answers the same, made once; None where there is none.

    Parameters
    ----------
    network : nn.Module
        Photos ``(N, 3, H, W)`` in [0, 1] to logits ``(N, K)``; frozen, and not changed.
    """
    known = network.__dict__
    if _KEPT not in known:
        known[_KEPT] = None if any(part.training for part in network.modules()) else _made(network)
    found: nn.Module | None = known[_KEPT]
    return found


def _made(network: nn.Module) -> nn.Module | None:
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    if not norms or sum(weight.numel() for weight in network.parameters()) > _MOST:
        return None
    device = next(network.parameters()).device
    examples = torch.rand(_EXAMPLES, generator=torch.Generator().manual_seed(0)).to(device)
    with torch.no_grad():
        try:
            expected, pairs = _followed(network, examples)
            copy: Any = _joined(deepcopy(network), pairs)  # torch types no way to lay a network out
            quick = Quick(copy.to(memory_format=torch.channels_last))
            is_same = float((quick(examples) - expected).abs().max()) <= _SAME * float(expected.abs().max())
        except Exception:  # noqa: BLE001 - whatever a stranger's network cannot bear: it is asked as it is
            return None
    return quick.requires_grad_(False).eval() if pairs and is_same else None


def _followed(network: nn.Module, examples: Tensor) -> tuple[Tensor, list[tuple[str, str]]]:
    """Return the answer to examples, and the names of convolutions with those of the batch norms that they go into.

    What a convolution gives may go elsewhere too: whoever joins them compares the answers.
    """
    given: dict[int, tuple[str, Tensor]] = {}  # by identity; the tensor is kept, so that nothing else gets its number
    runs: dict[str, int] = {}
    pairs: list[tuple[str, str]] = []

    def after(name: str) -> Any:
        def note(_layer: nn.Module, _inputs: Any, answer: Tensor) -> None:
            given[id(answer)] = (name, answer)
            runs[name] = runs.get(name, 0) + 1

        return note

    def before(name: str) -> Any:
        def note(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            runs[name] = runs.get(name, 0) + 1
            if id(inputs[0]) in given:
                pairs.append((given[id(inputs[0])][0], name))

        return note

    handles = []
    for name, part in network.named_modules():
        if isinstance(part, nn.Conv2d):
            handles.append(part.register_forward_hook(after(name)))
        elif isinstance(part, nn.BatchNorm2d) and part.running_mean is not None:
            handles.append(part.register_forward_pre_hook(before(name)))
    try:
        answer = network(examples)
    finally:
        for handle in handles:
            handle.remove()
    return answer, [pair for pair in pairs if all(runs[name] == 1 for name in pair)]


def _joined(network: nn.Module, pairs: list[tuple[str, str]]) -> nn.Module:
    """Return the network, its convolutions scaled and shifted as the batch norms behind them would."""
    for convolution_name, norm_name in pairs:
        convolution: Any = network.get_submodule(convolution_name)
        norm: Any = network.get_submodule(norm_name)
        scale = (norm.running_var + norm.eps).rsqrt() * (1.0 if norm.weight is None else norm.weight)
        shift = -norm.running_mean * scale + (0.0 if norm.bias is None else norm.bias)
        shift = shift + (0.0 if convolution.bias is None else convolution.bias * scale)
        convolution.weight = nn.Parameter(convolution.weight * scale.view(-1, 1, 1, 1))
        convolution.bias = nn.Parameter(shift)
        home, _, own = norm_name.rpartition(".")
        setattr(network.get_submodule(home), own, nn.Identity())
    return network
