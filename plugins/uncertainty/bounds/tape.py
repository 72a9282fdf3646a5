"""A network as the steps it takes on one photo: each affine, or a ReLU; whatever else there is, is named."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from desktop_app.api import ToolError

__all__ = ["Step", "recorded"]

_WEIGHTED = ("linear", "conv2d")
_RESHAPED = ("flatten", "reshape", "view", "contiguous", "squeeze", "unsqueeze", "unflatten")
_SPREAD = ("avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "mean", "pad", "expand", "flip", "__getitem__",
           "interpolate", "batch_norm", "dropout", "dropout2d")  # fmt: skip
_ADDED = ("add", "__add__", "__radd__", "__iadd__", "add_")
_SCALED = ("sub", "__sub__", "mul", "__mul__", "__rmul__", "div", "__truediv__")
_RELU = ("relu", "relu_")
_READ = ("item", "tolist", "numpy", "__array__", "__bool__", "__float__", "__int__", "__index__", "equal",
         "allclose", "is_nonzero", "__contains__", "__complex__")  # fmt: skip
"""What hands a network its own numbers, by which it may go one way or another: the steps are those of one way alone."""


@dataclass(frozen=True)
class _Ref:
    """What an earlier step gave."""

    place: int


@dataclass(frozen=True)
class Step:
    """One step: from what earlier ones gave to ``(N, *shape)``.

    Parameters
    ----------
    sources : tuple of int
        Places of those earlier steps; 0 is the photo.
    shape : tuple of int
        Without the batch.
    function, magnitude : callable
        What it does; and, without its constant and with the absolute values of its weights, what it makes of widths
        ``(N, …)`` that are 0 or more. Of an affine step.
    is_relu : bool
        Whether it is a ReLU, which has neither.
    """

    sources: tuple[int, ...]
    shape: tuple[int, ...]
    function: Callable[..., Tensor] = torch.relu
    magnitude: Callable[..., Tensor] = torch.relu
    is_relu: bool = False


def recorded(network: nn.Module, photo: Tensor) -> list[Step]:
    """Return the steps of a network in eval mode on one photo ``(1, C, H, W)`` float32; the first is the photo.

    Raises
    ------
    ToolError
        If one is neither affine nor a ReLU, or mixes photos.
    """
    tape = _Tape(photo)
    with torch.no_grad(), tape:
        answer = network(photo)
    if tape.places.get(id(answer)) != len(tape.steps) - 1:
        raise _refused("an answer that no step gave")
    both = torch.cat([photo, 1.0 - photo])
    with torch.no_grad():
        values = [both]
        for step in tape.steps[1:]:
            values.append(step.function(*(values[place] for place in step.sources)))
        if values[-1].shape != (2, *answer.shape[1:]) or not torch.allclose(
            values[-1], network(both), rtol=1e-3, atol=1e-3
        ):
            raise _refused("a step that depends on the other photos of its batch")
    return tape.steps


class _Tape(TorchFunctionMode):
    """Writes down what is done to a photo and to what comes of it."""

    def __init__(self, photo: Tensor) -> None:
        super().__init__()
        self.steps = [Step((), tuple(photo.shape[1:]))]
        self.places = {id(photo): 0}
        self._kept: list[Any] = [photo]  # so that no id is given twice

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        named = kwargs or {}
        of_before, name = _marked((args, named), self.places), getattr(func, "__name__", "")
        given = func(*args, **named)
        if not _refs(of_before):
            return given
        if isinstance(given, (tuple, list)) and any(isinstance(one, Tensor) for one in given):
            raise _refused(name)
        if name in _READ or (isinstance(given, Tensor) and (name == "__get__" or not given.is_floating_point())):
            raise _refused("a step that looks at its own values")
        if isinstance(given, Tensor):
            self._kept.append(given)
            self.steps.append(_step(func, of_before[0], of_before[1], given, args))
            self.places[id(given)] = len(self.steps) - 1
        return given


def _step(func: Callable[..., Any], args: Any, named: Any, given: Tensor, values: Any) -> Step:
    """Return a step; of a function whose arguments are marked where they are earlier steps."""
    name, shape = func.__name__, tuple(given.shape[1:])
    refs = _refs((args, named))
    sources = tuple(one.place for one in refs)
    if name in _RELU:
        return Step(sources, shape, is_relu=True)
    if name in _RESHAPED:
        def reshaped(x: Tensor) -> Tensor:
            return x.reshape(len(x), *shape)

        return Step(sources, shape, reshaped, reshaped)
    if name in _ADDED:
        func, named = torch.add, {key: value for key, value in named.items() if key != "inplace"}
    is_known = (name in _ADDED and "alpha" not in named) or (
        len(refs) == 1 and isinstance(args[0], _Ref) and (name in _WEIGHTED or name in _SPREAD or name in _SCALED)
    )
    if not is_known or not _is_affine(func, name, values, named):
        raise _refused(name)
    replay = _Replay(func, args, named)
    if name in _WEIGHTED:
        bound = _bound(name, args, named)
        weight = bound["weight"].abs()
        more = {key: value for key, value in bound.items() if key not in ("input", "weight", "bias")}
        return Step(sources, shape, replay, lambda width: func(width, weight, None, **more))
    return Step(sources, shape, replay, lambda *widths: replay(*widths).sub(
        replay(*(torch.zeros_like(one) for one in widths))).abs())


@dataclass(frozen=True)
class _Replay:
    """A function with its arguments, in which those from earlier steps are put anew."""

    func: Callable[..., Tensor]
    args: Any
    named: Any = field(default_factory=dict)

    def __call__(self, *values: Tensor) -> Tensor:
        """Return what comes of other values."""
        left = list(values)
        return self.func(*(_filled(one, left) for one in self.args),
                         **{name: _filled(one, left) for name, one in self.named.items()})


def _is_affine(func: Callable[..., Any], name: str, values: Any, named: Any) -> bool:
    """Return whether a function with these arguments is affine, and its widths those of single weights."""
    if name in {"batch_norm", "dropout", "dropout2d"}:
        is_training = inspect.signature(func).bind(*values, **_plain(named)).arguments.get("training", True)
        return not is_training
    if name == "interpolate":
        mode = inspect.signature(func).bind(*values, **_plain(named)).arguments.get("mode", "nearest")
        return bool(mode != "bicubic")
    return True


def _bound(name: str, args: Any, named: Any) -> dict[str, Any]:
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    return dict(zip(names if name == "conv2d" else names[:3], args, strict=False)) | dict(named)


def _plain(named: Any) -> dict[str, Any]:
    return {name: None if isinstance(one, _Ref) else one for name, one in named.items()}


def _marked(value: Any, places: dict[int, int]) -> Any:
    if isinstance(value, Tensor):
        return _Ref(places[id(value)]) if id(value) in places else value
    if isinstance(value, dict):
        return {name: _marked(one, places) for name, one in value.items()}
    return type(value)(_marked(one, places) for one in value) if type(value) in (tuple, list) else value


def _refs(value: Any) -> list[_Ref]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [found for one in value for found in _refs(one)]
    return [value] if isinstance(value, _Ref) else []


def _filled(value: Any, left: list[Tensor]) -> Any:
    return left.pop(0) if isinstance(value, _Ref) else value


def _refused(what: str) -> ToolError:
    return ToolError(
        "expected a network of linear layers, convolutions, ReLUs, means, batch norms and sums of these, got one with "
        f"{what}; use defend.smoothing, or a ReLU network such as classify.cifar10_provable"
    )

