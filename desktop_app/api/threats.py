"""What an attack may change, said as data: the host enforces it, measures it and words it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Threat"]


@dataclass(frozen=True)
class Threat:
    """One bound on what an attack may change; several together leave what all of them allow.

    Parameters
    ----------
    kind : str
        Which bound, by the name of the host's file for it: ``"ball"`` (`norm`, `eps`), ``"queries"`` (`most`),
        ``"transform"`` (`degrees`, `pixels`, `percent`), ``"degradation"`` (`ways`, `percent`), ``"patch"`` (`percent`,
        `top`, `left`), ``"perceptual"`` (`most`).
    bounds : mapping of str to Any
        The bound's own numbers, by name.

    Examples
    --------
    >>> Threat("ball", {"norm": "linf", "eps": 8.0}).kind
    'ball'
    """

    kind: str
    bounds: Mapping[str, Any] = field(default_factory=dict)
