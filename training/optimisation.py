"""Parts that any recipe may use: learning rates, averaging of weights, checkpoints that resume exactly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


def triangle(step: int, steps: int, start: float = 0.2, peak: float = 0.2, end: float = 0.02) -> float:
    """Return the factor on the learning rate: from ``start`` up to 1 at ``peak * steps``, down to ``end``."""
    done = step / max(steps, 1)
    if done < peak:
        return start + (1 - start) * done / peak
    return end + (1 - end) * (1 - done) / (1 - peak)


def sgd(model: nn.Module, rate: float, momentum: float, weight_decay: float, bias_factor: float) -> torch.optim.SGD:
    """Return Nesterov SGD in which vectors (biases) learn ``bias_factor`` times faster than kernels.

    ``rate * weight_decay`` is the same for both groups, as in D. Page's notes and arXiv:2404.00498, 3.4.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "lr": rate, "weight_decay": weight_decay},
        {
            "params": [p for p in trained if p.ndim <= 1],
            "lr": rate * bias_factor,
            "weight_decay": weight_decay / bias_factor,
        },
    ]
    for group in groups:
        group["peak"] = group["lr"]
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=True)


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set each group's learning rate to ``factor`` times its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def lookahead(model: nn.Module, slow: Mapping[str, Tensor], decay: float) -> None:
    """Pull slow weights towards the model's, then put them into the model (arXiv:1907.08610, alg. 1).

    ``decay`` 0 follows the model at once; 1 would freeze the slow weights.
    """
    with torch.no_grad():
        for name, fast in model.named_parameters():
            if name in slow:
                fast.copy_(slow[name].lerp_(fast, 1 - decay))


def slow_copy(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of the trained parameters, where `lookahead` starts."""
    return {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint so that the file is either the old or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save(dict(state), file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint`; only tensors and plain values are accepted."""
    if not path.is_file():
        raise FileNotFoundError(f"expected a checkpoint to resume, got no file at {path}; leave out --resume")
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state
