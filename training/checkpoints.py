"""What a run keeps, to go on from: each file whole or not there at all."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from desktop_app.api.errors import InputError
from desktop_app.core.atomic import write_whole

__all__ = ["kept_part", "load_checkpoint", "save_checkpoint"]


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint so that the file is either the old or the new one, never half of one.

    Raises
    ------
    InputError
        If it cannot be written; what was there is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()  # torch itself tells of a full disk as of a fault in its own code
    torch.save(dict(state), content)
    write_whole(path, content.getvalue())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint`; only tensors and plain values are accepted.

    Raises
    ------
    InputError
        If there is none, or it is damaged.
    """
    if not path.is_file():
        raise InputError(f"expected a checkpoint to go on from at {str(path)!r}, found none; leave out --resume")
    content = io.BytesIO(path.read_bytes())
    try:
        state: dict[str, Any] = torch.load(content, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, ValueError) as error:
        raise InputError(f"expected a checkpoint that is whole at {str(path)!r}, got one that is damaged; put back a "
                         "copy of it, or begin anew with --fresh") from error
    return state


def kept_part(path: Path, options: Mapping[str, Any], make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return a part of a training that was kept by the same options, else make and keep it.

    What learns nothing step by step goes on with the first part that is missing.

    Raises
    ------
    InputError
        If what is kept is damaged, or the part cannot be written.
    """
    if path.is_file():
        kept = load_checkpoint(path)
        if kept["options"] == dict(options):
            return dict(kept["made"])
    made = dict(make())
    save_checkpoint(path, {"options": dict(options), "made": made})
    return made
