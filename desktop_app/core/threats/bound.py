"""What the host asks of a bound, whatever its kind, and how it finds the file that knows it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import PluginError

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.run import Classifier
    from desktop_app.api.threats import Threat

_NOT_KINDS = frozenset({"bound"})

Figures = list[dict[str, Any]]
"""What a report says, one mapping per sample."""

Call = Callable[["Tensor", str, Mapping[str, Any], Sequence[int]], "Tensor"]
"""A tool by its id, on pictures ``(N, C, H, W)`` with parameters and seeds: what it makes of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """All that a bound may look at.

    Parameters
    ----------
    original : Tensor
        ``(N, C, H, W)`` in [0, 1]: what the attack was given.
    mask : Tensor, optional
        ``(N, 1, H, W)`` in [0, 1]: where the attack may change something.
    artifacts : mapping of str to Tensor
        What the attack found beside its picture, ``(N, …)``: where the host makes the picture itself, from what.
    seeds : sequence of int
        One per sample.
    asked : int
        How many answers of the model the attack has had, of all samples together.
    model : Classifier, optional
        The first classifier in question.
    call : callable, optional
        Runs another tool in the same job.
    """

    original: Tensor
    mask: Tensor | None = None
    artifacts: Mapping[str, Tensor] = field(default_factory=dict)
    seeds: Sequence[int] = ()
    asked: int = 0
    model: Classifier | None = None
    call: Call | None = None


class Bound:
    """One part of a threat. A subclass is a frozen dataclass whose fields are what `api.Threat.bounds` gives."""

    @property
    def words(self) -> str:
        """What may be changed, and how far, in a few words."""
        raise NotImplementedError

    @property
    def size(self) -> float:
        """How much may be changed: at 0, nothing."""
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """Of the size."""
        raise NotImplementedError

    @property
    def caveat(self) -> str:
        """What keeps a success within it from saying anything; empty where nothing does."""
        return ""

    def held(self, image: Tensor, _scene: Scene) -> Tensor:
        """Return what the bound allows of a picture ``(N, C, H, W)`` in [0, 1]: the nearest, where there is one.

        Raises
        ------
        ToolError
            If the picture is outside, and nothing can be said to be the nearest inside.
        """
        return image

    def rounded(self, image: Tensor, _scene: Scene) -> Tensor:
        """Return pictures ``(N, C, H, W)`` in [0, 1], inside the bound, changed so that their 8-bit copies are, too."""
        return image

    def figures(self, image: Tensor, _scene: Scene) -> Figures:
        """Return what a report says of pictures ``(N, C, H, W)`` in [0, 1]: how far each one went, measured anew.

        Raises
        ------
        ToolError
            If one is outside after all, which would be a fault of the bound itself.
        """
        return [{} for _ in image]


def kinds() -> frozenset[str]:
    """Return every kind of bound there is, without loading any."""
    package = import_module(__package__ or "")
    return frozenset(one.name for one in pkgutil.iter_modules(package.__path__)) - _NOT_KINDS


def bounds_of(threats: Iterable[Threat], tool: str) -> list[Bound]:
    """Return the bounds that an attack declares.

    Raises
    ------
    PluginError
        If there is no such kind, or it does not take such numbers.
    """
    found = []
    for threat in threats:
        if threat.kind not in kinds():
            raise PluginError(f"{tool}: expected a threat of {', '.join(sorted(kinds()))}, got {threat.kind!r}")
        make = getattr(import_module(f"{__package__}.{threat.kind}"), threat.kind.capitalize())
        try:
            found.append(make(**threat.bounds))
        except TypeError as error:
            raise PluginError(f"{tool}: expected the bounds of a threat {threat.kind!r}, got {error}") from error
    return found
