"""What a classifier answered to photos that it knows: those that its user names, or those that ship for its weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from desktop_app.api import Classifier, ParameterError, Run, ToolError
from desktop_app.api.resources import resource_root
from desktop_app.numerics.seen import Seen, look

__all__ = ["OTHERS", "Known", "asked", "is_others", "known_of", "needed", "sound"]

OTHERS = "what ships of its answers to known photos is of other weights, and is not used"
_VERSION = 2  # of the form of such files

_FEWEST = 20
"""Photos below which nobody can say what one in twenty of them is like."""


@dataclass(frozen=True, eq=False)
class Known:
    """The answers to n photos, none of which the model was trained on.

    Parameters
    ----------
    seen : Seen
        ``(n, …)`` float32, on the device of the photos in question.
    classes : Tensor
        ``(n,)`` int64: what they show.
    on : str
        Which photos they are, in words.
    """

    seen: Seen
    classes: Tensor
    on: str

    @property
    def checked(self) -> dict[str, Any]:
        """What a report says of them."""
        return {"on": self.on, "n": len(self.classes)}


def asked(model: Classifier, photos: Tensor) -> Seen:
    """Ask a classifier about photos ``(N, C, H, W)`` float32 in [0, 1].

    Raises
    ------
    ToolError
        If its logits are NaN or infinite.
    """
    try:
        network = model.module
    except ToolError:  # an ONNX file has no layers to look into
        network = None
    seen = look(model, network, photos)
    sound(seen.logits, model)
    return seen


def sound(logits: Tensor, model: Classifier) -> Tensor:
    """Return a model's logits ``(N, K)`` float32 as they are.

    Raises
    ------
    ToolError
        If they are NaN or infinite.
    """
    if not bool(logits.isfinite().all()):
        raise ToolError(f"expected logits that are numbers, got NaN or infinity from {model.id}; check its weights, or "
                        "choose another model")
    return logits


def known_of(model: Classifier, seen: Seen, run: Run) -> Known | None:
    """Return the known photos of a model that has `seen` the photos in question; None where there are none of it.

    Raises
    ------
    ParameterError
        If the user's are another model's, too few, or all the same.
    """
    if "known" in run.inputs:
        return _given(run.inputs["known"][0, 0], seen)
    card = _card(model.id)
    if card is None or is_others(model):
        return None
    return _bundled(model.id, tuple(part.shape[1] for part in seen.parts), seen.logits.device)


def is_others(model: Classifier) -> bool:
    """Return whether what ships under a model's name was answered by other weights, or has another form."""
    card = _card(model.id)
    return card is not None and (card["version"], card["sha256"]) != (_VERSION, model.sha256)


def needed(model: Classifier, seen: Seen, run: Run) -> Known:
    """Return the known photos of a model; raises as `known_of`, and where there are none.

    Raises
    ------
    ToolError
        If there are none.
    """
    found = known_of(model, seen, run)
    if found is None:
        got = f"none: {OTHERS}" if is_others(model) else "none"
        raise ToolError(f"expected photos that {model.id} knows, got {got}; evaluate it on a labelled folder of its "
                        "own kind (verilens evaluate), and give the answers.tif that comes of it as known")
    return found


def _given(table: Tensor, seen: Seen) -> Known:
    width = 1 + sum(part.shape[1] for part in seen.parts)
    if table.shape[1] != width:
        raise ParameterError(f"expected answers of this model with {width} numbers a photo, got {table.shape[1]}; give "
                             "the answers.tif of its own evaluation")
    others, classes = seen.split(table)
    if not bool(((classes >= 0) & (classes < seen.logits.shape[1]) & (classes == table[:, 0])).all()):
        raise ParameterError("expected a class of the model in each row's first number, got others; give an "
                             "answers.tif of verilens evaluate")
    if len(table) < _FEWEST:
        raise ParameterError(f"expected answers to {_FEWEST} photos or more, got {len(table)}; evaluate more")
    if bool((table[:, 1:] == table[:1, 1:]).all()):
        raise ParameterError("expected answers to different photos, got the same for all; give the answers.tif of an "
                             "evaluation of photos of many kinds")
    return Known(others, classes, "the photos that were given as known")


@cache
def _card(model: str) -> dict[str, Any] | None:
    """Return what is said of the answers that ship for a model, made by ``training.known``; None without."""
    path = _path(model)
    if not path.is_file():
        return None
    with safe_open(path, "pt") as file:
        card: dict[str, Any] = json.loads(file.metadata()["card"])
    return card


@cache
def _bundled(model: str, widths: tuple[int, ...], device: torch.device) -> Known:
    with safe_open(_path(model), "pt") as file:
        table, card = file.get_tensor("answers").float().to(device), json.loads(file.metadata()["card"])
    return Known(Seen(*table[:, 1:].split(widths, 1)), table[:, 0].long(), card["on"])


def _path(model: str) -> Path:
    return resource_root() / "known" / f"{model}.safetensors"
