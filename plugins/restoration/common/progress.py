"""How far one of several pieces of work is, told as a share of all."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Told", "share_of"]

Told = Callable[[float], None]
"""Hears how far work is, from 0 to 1; may raise to stop."""


def share_of(told: Told, index: int, count: int) -> Told:
    """Return what reports the progress of one of several equal pieces of work."""
    return lambda done: told((index + done) / count)
