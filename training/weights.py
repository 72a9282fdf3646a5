"""Weights as they ship: float16 safetensors whose hash is the same at every making."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

__all__ = ["facts_of", "round_to_half", "write_half", "write_text"]

Net = TypeVar("Net", bound=nn.Module)


def round_to_half(model: Net) -> Net:
    """Return a float32 copy on the CPU whose weights are those that a float16 file can hold."""
    rounded = copy.deepcopy(model).cpu().float().eval()
    for tensor in rounded.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half())
    return rounded


def write_half(model: nn.Module, file: Path, made: Mapping[str, Any]) -> None:
    """Write the state dict as safetensors, floating-point tensors as float16, and ``made`` as JSON metadata.

    One entry holds all of ``made``: safetensors writes several in random order, and the hash would change.
    """
    tensors = {name: _half(tensor) for name, tensor in model.state_dict().items()}
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ValueError(f"expected {name} within float16's range, got values beyond 65504; train again")
    part = file.with_name(file.name + ".part")
    save_file(tensors, part, {"made": json.dumps(made, sort_keys=True)})
    part.chmod(0o644)  # safetensors makes it readable by its owner alone
    part.replace(file)


def facts_of(model: nn.Module, weights: Path) -> dict[str, Any]:
    """Return what every card says of a file of weights and of the program that made it."""
    content = weights.read_bytes()
    return {
        "file": weights.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "parameters": sum(p.numel() for p in model.parameters()),
        "torch": torch.__version__,
    }


def _half(tensor: Tensor) -> Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def write_text(file: Path, text: str) -> None:
    """Write a text file so that it is either the old or the new one."""
    part = file.with_name(file.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
