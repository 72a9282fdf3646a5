"""A device that is not there, to see without a GPU that tools keep to the device of their photos.

Its tensors lie in the CPU's memory, say that they are elsewhere, and refuse to meet one that does not: as CUDA's do,
but for single numbers and for indices. They have no float64, as Apple's have not.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

_setup_privateuseone_for_python_backend("elsewhere")
ELSEWHERE = torch.device("elsewhere", 0)
_CPU = torch.device("cpu")
_MOVES = {"aten::_to_copy", "aten::copy_", "aten::_local_scalar_dense"}
_INDEXING = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
# What torch puts off until the next operation does not get through a wrapper; it is done at once.
_AT_ONCE = {"aten::_conj": torch.ops.aten.conj_physical.default, "aten::_neg_view": torch.ops.aten.neg.default}


class Away(Tensor):
    """A tensor elsewhere; ``near`` is the one on the CPU."""

    near: Tensor
    __module__ = "torch"
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, near: Tensor) -> Away:
        if near.dtype in (torch.float64, torch.complex128):
            raise TypeError(f"expected at most single precision, as on Apple's GPUs, got {near.dtype}")
        made = torch.Tensor._make_wrapper_subclass(
            cls, near.size(), strides=near.stride(), storage_offset=near.storage_offset(), dtype=near.dtype,
            device=ELSEWHERE, requires_grad=False,
        )
        made.near = near
        return made

    @classmethod
    def __torch_dispatch__(cls, operation: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _apply(operation, args, kwargs or {})

    def tolist(self) -> Any:
        return self.near.tolist()

    def numpy(self, *_: Any, **__: Any) -> Any:
        raise TypeError("expected a tensor on the CPU, got one elsewhere; use Tensor.cpu() to copy it first")


class Elsewhere(TorchDispatchMode):
    """Within, tensors can be made elsewhere."""

    def __torch_dispatch__(self, operation: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _apply(operation, args, kwargs or {})


def _apply(operation: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    name = operation._schema.name
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    _expect_one_device(name, args, tensors)
    wanted = kwargs.get("device")
    if wanted is not None:
        kwargs = {**kwargs, "device": _CPU}
    given = {id(_near(tensor)): tensor for tensor in tensors}  # what is written to is also what is returned
    result = _AT_ONCE.get(name, operation)(*tree_map(_near, args), **tree_map(_near, kwargs))
    is_away = any(isinstance(tensor, Away) for tensor in tensors)
    if wanted is not None:
        is_away = torch.device(wanted).type != "cpu"
    if is_away and isinstance(kwargs.get("generator"), torch.Generator):
        raise RuntimeError(f"{name}: expected a generator elsewhere, got one on the CPU")

    def placed(value: Any) -> Any:
        if not isinstance(value, Tensor) or id(value) in given:
            return given.get(id(value), value)
        return Away(value) if is_away else value

    return tree_map(placed, result)


def _expect_one_device(name: str, args: Any, tensors: list[Tensor]) -> None:
    near = [tensor for tensor in tensors if tensor.ndim and not isinstance(tensor, Away)]
    if not near or not any(isinstance(tensor, Away) for tensor in tensors) or name in _MOVES:
        return
    if not (name in _INDEXING and isinstance(args[0], Away)):
        shapes = [tuple(tensor.shape) for tensor in near]
        raise RuntimeError(f"{name}: expected all tensors elsewhere, got some of shapes {shapes} on the CPU")


def _near(value: Any) -> Any:
    return value.near if isinstance(value, Away) else value


def _empty_strided(size: Any, stride: Any, dtype: Any = None, **_: Any) -> Tensor:
    return Away(torch.empty_strided(size, stride, dtype=dtype))


def _copy_from(source: Tensor, target: Tensor, _is_asynchronous: bool = False) -> Tensor:
    _near(target).copy_(_near(source))
    return target


_library = torch.library.Library("aten", "IMPL")
_library.impl("empty_strided", _empty_strided, "PrivateUse1")
_library.impl("_copy_from", _copy_from, "PrivateUse1")
