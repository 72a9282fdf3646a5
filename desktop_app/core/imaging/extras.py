"""Libraries that read what cameras and other programs write, which not everybody needs: they come by an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from desktop_app.api.errors import InputError

__all__ = ["library"]


def library(name: str, kind: str) -> Any:
    """Return the library that reads a kind of file.

    Raises
    ------
    InputError
        If it is not installed: says how it is.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"expected what reads {kind} to be installed, found no {name}; run: pip install 'verilens[photo]'"
        ) from error
