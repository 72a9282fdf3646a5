"""What a network computes before its first dropout layer is the same in every pass: it is computed once a batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

_CALLED_BY_OTHERS = (nn.ModuleList, nn.ModuleDict)  # they have no forward of their own


@contextmanager
def shared_trunk(networks: Sequence[nn.Module], layers: Collection[nn.Module], passes: int) -> Iterator[None]:
    """Let networks that are given the same photos so many times over compute what is the same for all only once.

    Modules without dropout that are called before the first layer that drops see one copy of the photos, and what they
    answer is repeated. All else, and all that is given other photos, is computed as ever.

    Parameters
    ----------
    networks : sequence of nn.Module
        In eval mode: a sample's answer depends on no other.
    layers : collection of nn.Module
        Those that drop.
    passes : int
        How many copies of the photos ``(N, …)`` a batch ``(passes · N, …)`` has, one copy after the other.
    """
    with ExitStack() as stack:
        for network in networks if passes > 1 else ():
            trunk = _Trunk(passes)
            for handle in (network.register_forward_pre_hook(trunk.begin), network.register_forward_hook(trunk.end),
                           *(layer.register_forward_pre_hook(trunk.end) for layer in layers)):  # fmt: skip
                stack.callback(handle.remove)
            for module in _without(network, layers):
                stack.enter_context(_answering(module, trunk.once(module.forward)))
        yield


class _Trunk:
    """Where one network is on its way: `_rows` photos in a copy, 0 where nothing is shared any more."""

    def __init__(self, passes: int) -> None:
        self._passes, self._rows = passes, 0

    def begin(self, _module: nn.Module, given: tuple[Any, ...]) -> None:
        photos = given[0] if given else None
        self._rows = 0
        if isinstance(photos, Tensor) and not photos.is_inference() and len(photos) % self._passes == 0:
            copies = photos.detach().reshape(self._passes, -1, *photos.shape[1:])
            self._rows = copies.shape[1] if bool((copies == copies[:1]).all()) else 0

    def end(self, *_: object) -> None:
        self._rows = 0

    def once(self, whole: Callable[..., Any]) -> Callable[..., Any]:
        """Return a module's `forward` that computes one copy while nothing has been dropped."""

        def forward(*args: Any, **kwargs: Any) -> Any:
            rows = self._rows
            given = {id(value): value[:rows].clone() for value in (*args, *kwargs.values())
                     if rows and self._is_batch(value, rows * self._passes)}  # fmt: skip
            if not given:
                return whole(*args, **kwargs)
            found = whole(*(given.get(id(value), value) for value in args),
                          **{name: given.get(id(value), value) for name, value in kwargs.items()})  # fmt: skip
            writes = any(value._version for value in given.values())  # into what it is given, as it is to do with all
            if writes or not self._is_batch(found, rows):
                return whole(*args, **kwargs)
            return found.repeat(self._passes, *(1 for _ in found.shape[1:]))

        return forward

    @staticmethod
    def _is_batch(value: object, rows: int) -> bool:
        return isinstance(value, Tensor) and value.ndim > 0 and len(value) == rows


def _without(module: nn.Module, layers: Collection[nn.Module]) -> Iterator[nn.Module]:
    """Yield the largest parts of a network that have none of these layers."""
    if not any(part in layers for part in module.modules()) and not isinstance(module, _CALLED_BY_OTHERS):
        yield module
    else:
        for part in module.children():
            yield from _without(part, layers)


@contextmanager
def _answering(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """Let a module answer by another function, and by its own again afterwards."""
    before = module.__dict__.get("forward")
    module.__dict__["forward"] = forward
    try:
        yield
    finally:
        if before is None:
            del module.__dict__["forward"]
        else:
            module.__dict__["forward"] = before
