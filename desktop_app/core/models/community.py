"""The libraries that know other people's architectures: imported here alone, when a file asks for them.

torchvision's ordinary wheel looks for operators of a CUDA library of its own, and fails beside a CPU build of torch;
with their two schemas declared it imports, and so do the libraries that need it.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from desktop_app.api.errors import InputError

_EXTRA = {"spandrel": "models", "timm": "models", "torchvision": "models", "onnx": "onnx", "onnxruntime": "onnx"}
_OPERATORS = ("nms", "qnms")
_lock = threading.Lock()


def library(name: str) -> Any:
    """Return an optional library.

    Raises
    ------
    InputError
        If it is not installed, or does not import; the sentence says how to install it.
    """
    with _lock:
        try:
            return _imported(name)
        except ImportError as error:
            extra = _EXTRA[name]
            raise InputError(f"expected the library {name} for this file, but: {error}; install it: "
                             f"pip install 'verilens[{extra}]'") from error


@cache
def _imported(name: str) -> ModuleType:
    if _EXTRA[name] == "models":
        _declare_operators()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's libraries
        return importlib.import_module(name)


@cache
def _declare_operators() -> Any:
    """Declare what torchvision's library would, where that library cannot be loaded; return what must stay alive."""
    import torch

    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return None
    for path in Path(found.origin).parent.glob("_C*"):
        try:
            torch.ops.load_library(str(path))  # type: ignore[no-untyped-call] # torch does not type it
        except OSError:
            continue
        return None
    schemas: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call] # nor this
    for name in _OPERATORS:
        schemas.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return schemas
