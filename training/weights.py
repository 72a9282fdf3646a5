"""Weights as they ship: float16 safetensors whose hash is the same at every making."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from desktop_app.core.atomic import write_whole

__all__ = ["built", "facts_of", "file_facts", "read_half", "round_to_half", "write_half", "write_text"]

Net = TypeVar("Net", bound=nn.Module)


def built(factory: str) -> nn.Module:
    """Return the untrained network of ``"package.module:function"``."""
    module, _, function = factory.partition(":")
    network: nn.Module = getattr(import_module(module), function)()
    return network


def round_to_half(model: Net) -> Net:
    """Return a float32 copy on the CPU whose weights are those that a float16 file can hold."""
    rounded = copy.deepcopy(model).cpu().float().eval()
    for tensor in rounded.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half())
    return rounded


def read_half(model: nn.Module, file: Path) -> None:
    """Give a float32 model the weights of a file that `write_half` wrote of one like it."""
    model.load_state_dict({name: value.float() for name, value in load_file(file).items()})


def write_half(model: nn.Module, file: Path, made: Mapping[str, Any]) -> None:
    """Write the state dict as safetensors, floating-point tensors as float16, and ``made`` as JSON metadata.

    One entry holds all of ``made``: safetensors writes several in random order, and the hash would change.
    """
    tensors = {name: _half(tensor) for name, tensor in model.state_dict().items()}
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ValueError(f"expected {name} within float16's range, got values beyond 65504; train again")
    write_whole(file, save(tensors, {"made": json.dumps(made, sort_keys=True)}))


def facts_of(model: nn.Module, weights: Path) -> dict[str, Any]:
    """Return what every card says of a file of weights and of the program that made it."""
    return {
        **file_facts(weights),
        "parameters": sum(p.numel() for p in model.parameters()),
        "torch": torch.__version__,
    }


def file_facts(file: Path) -> dict[str, Any]:
    """Return by what a file is known."""
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _half(tensor: Tensor) -> Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def write_text(file: Path, text: str) -> None:
    """Write a text file so that it is either the old or the new one."""
    write_whole(file, text.encode())
