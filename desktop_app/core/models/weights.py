"""From a file of weights to names and tensors, running nothing that it holds.

safetensors first, else torch's own format with ``weights_only=True``, else numpy's ``.npz``. A pickle that asks for
more than tensors could run any program, and so could a TorchScript file: both are refused.
"""

from __future__ import annotations

import pickle
import pickletools
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from desktop_app.api.errors import InputError
from desktop_app.core.faults import words_of

if TYPE_CHECKING:
    from torch import Tensor

Kind = Literal["safetensors", "torch", "npz", "onnx", "torchscript", "unknown"]

_INSIDE = (
    "params_ema", "params", "state_dict", "model_state_dict", "ema", "model_ema", "model", "net", "network", "g_ema",
    "generator", "weights",
)
"""Under which names trainers keep the weights among other things, the averaged ones first."""

_DEEPEST = 8  # levels of such names within one another
_MOST = 20  # how many times larger than its file a compressed archive of weights may be
_SMALL = 64 << 20  # bytes that may be unpacked in any case
_PIECE = 1 << 16  # numbers
_NUMBERS = (
    "float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "int64", "int32", "int16", "int8",
    "uint8", "uint16", "uint32", "uint64", "bool",
)
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


def kind_of(path: Path) -> Kind:
    """Return what a file holds, by its content.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
        if head.startswith(b"PK\x03\x04"):
            return _kind_of_archive(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"expected to read {str(path)!r}, but: {reason}; check its name and your rights") from error
    except zipfile.BadZipFile as error:
        raise InputError(f"expected a whole file, got {path.name}, whose archive is damaged or cut short; get it "
                         "again") from error
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "torch"
    if head[8:9] == b"{":
        return "safetensors"
    return "onnx" if head[:1] == b"\x08" or path.suffix.lower() == ".onnx" else "unknown"


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name, of any shape and dtype, on the CPU.

    Parameters
    ----------
    path : Path
        safetensors, torch (``.pth``, ``.pt``, ``.ckpt``, ``.th``) or ``.npz``; told apart by content.

    Raises
    ------
    InputError
        If it is none of these, is damaged, claims more than it can hold, or would have to be run.
    """
    kind = kind_of(path)
    if kind == "torchscript":
        raise InputError(f"expected weights only, got {path.name}, a TorchScript file, which is a program; ask its "
                         "author for the state dict, as safetensors")
    readers = {"safetensors": _safetensors, "torch": _torch, "npz": _npz}
    if kind not in readers:
        raise InputError(f"expected weights as safetensors, .pth, .npz or .onnx, got {path.name}, which is none of "
                         "them; check which file you were given")
    found = tensors_in(readers[kind](path))
    if not found:
        raise InputError(f"expected weights, found no tensor in {path.name}; check which file you were given")
    check_claims(found, path)
    return {name: flushed(part) for name, part in found.items()}


def check_claims(found: Mapping[str, Tensor], path: Path) -> None:
    """Refuse tensors of any shape that are no weights: without numbers, sparse, complex, or more than the file holds.

    Raises
    ------
    InputError
        If any is.
    """
    import torch

    for name, part in found.items():
        wrong = (
            "sparse" if part.layout != torch.strided else "quantized" if part.is_quantized
            else "without numbers" if part.is_meta else str(part.dtype).removeprefix("torch.")
        )
        if wrong not in _NUMBERS:
            raise InputError(f"expected weights as plain numbers, got {path.name}, whose {name!r} is {wrong}; ask its "
                             "author for float32 safetensors")
    if not any(part.is_floating_point() for part in found.values()):
        raise InputError(f"expected weights with fractions, got {path.name}, which holds whole numbers alone; ask its "
                         "author for float32 safetensors")
    size = path.stat().st_size
    claimed = sum(part.numel() * part.element_size() for part in found.values())
    if claimed > max(_SMALL, _MOST * size):
        raise _overclaimed(path, size, claimed)


def flushed(weights: Tensor) -> Tensor:
    """Return weights of any shape and dtype, subnormal numbers made zeros; others, and integers, as they are.

    Filters that training has let die are full of them (10⁻⁴⁰ and so on), and processors are up to a hundred times
    slower with them.
    """
    import torch

    tiny = torch.finfo(torch.float32).tiny
    if not weights.is_floating_point() or torch.finfo(weights.dtype).smallest_normal > tiny:
        return weights
    # In pieces that stay in the processor's cache: nearly all files have none, and nothing is then written
    for piece in torch.split(weights.detach().reshape(-1), _PIECE):
        if bool(piece.abs().lt(tiny).any()) and bool((piece.abs().lt(tiny) & piece.ne(0.0)).any()):
            return torch.where(weights.abs() < tiny, 0.0, weights)
    return weights


def tensors_in(value: Any) -> dict[str, Tensor]:
    """Return the weights, of any shape and dtype, in what a file held: itself, or where trainers keep them."""
    return _tensors_in(value, _DEEPEST, set())


def _tensors_in(value: Any, levels: int, seen: set[int]) -> dict[str, Tensor]:
    import torch

    if not isinstance(value, Mapping) or not levels or id(value) in seen:
        return {}
    seen.add(id(value))  # a file may hold itself
    for name in _INSIDE:
        if inside := _tensors_in(value.get(name), levels - 1, seen):
            return inside
    return {str(name): part for name, part in value.items() if isinstance(part, torch.Tensor)}


def _kind_of_archive(path: Path) -> Kind:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    names = [part.filename for part in parts]
    size = path.stat().st_size
    claimed = sum(part.file_size for part in parts)
    if claimed > max(_SMALL, _MOST * size):
        raise _overclaimed(path, size, claimed)
    if any(name.endswith("/constants.pkl") or "/code/" in name for name in names):
        return "torchscript"
    if any(name.endswith("/data.pkl") for name in names):
        return "torch"
    return "npz" if any(name.endswith(".npy") for name in names) else "unknown"


def _overclaimed(path: Path, size: int, claimed: int) -> InputError:
    return InputError(f"expected weights, got {path.name}, whose {size} bytes claim to unpack to {claimed}; do not "
                      "trust it")


def _safetensors(path: Path) -> Mapping[str, Any]:
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except Exception as error:  # torch's errors on sizes and kinds of numbers that it does not know have no common base
        raise _damaged(path, error) from error


def _torch(path: Path) -> Any:
    import torch

    wanted = _asked_for(path)
    if wanted is not None:
        raise _program(path, wanted)
    try:
        with torch.serialization.safe_globals(_harmless()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = _GLOBAL.search(str(error))
        if named is None:
            raise _damaged(path, error) from error
        raise _program(path, named[1]) from error
    except Exception as error:  # a damaged pickle raises anything
        raise _damaged(path, error) from error


def _asked_for(path: Path) -> str | None:
    """Return what a bare pickle of a newer protocol than torch's own asks for first, without running it; else None.

    torch's reader of weights stops at such a pickle with a warning and a page of advice on how to run it after all.
    """
    with path.open("rb") as stream:
        head = stream.read(2)
        if head[:1] != b"\x80" or head[1:] <= b"\x02":
            return None
        stream.seek(0)
        words: list[str] = []
        try:
            for operation, argument, _ in pickletools.genops(stream):
                if operation.name == "GLOBAL":
                    return str(argument).replace(" ", ".")
                if operation.name == "STACK_GLOBAL":
                    return ".".join(words[-2:])
                words += [argument] if isinstance(argument, str) else []
        except ValueError:
            return None  # damaged: whoever reads it says so
    return None


def _program(path: Path, wanted: str) -> InputError:
    return InputError(
        f"expected weights only, got {path.name}, whose pickle asks for {wanted} and could run any program; "
        "ask its author for safetensors, or save the state dict alone where it was made"
    )


def _harmless() -> list[Any]:
    """Return what trainers put beside the weights that holds numbers and names, and runs nothing."""
    from argparse import Namespace

    import numpy as np
    from numpy._core.multiarray import scalar  # the name under which a pickle asks for it

    kinds = (np.float64, np.float32, np.int64, np.int32)
    return [Namespace, np.dtype, scalar, *(type(np.dtype(kind)) for kind in kinds)]


def _npz(path: Path) -> Mapping[str, Any]:
    import numpy as np
    import torch

    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    except Exception as error:  # a damaged archive raises anything
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"expected whole weights, got {path.name}, which cannot be read ({words_of(error)}); get the "
                      "file again")
