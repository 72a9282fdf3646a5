"""What attacks share that look for the smallest change: the way back to the clean photo, as far as the model allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Classifier, Result, Run
from desktop_app.numerics.projections import Norm, within
from plugins.attack.common.iterates import Nearest
from plugins.attack.common.losses import Goal

_NONE = "no change was found that the model gives way to; attack.auto looks harder within a budget"
_TOO_FAR = "the smallest change that was found is larger than the budget; attack.auto looks harder within it"
_SURE = 1e-5  # of the largest logit: a lead that float32 can tell from none, in whatever order it sums

Sees = Callable[[Tensor, Tensor], Tensor]
"""Of photos ``(M, C, H, W)`` and their places in the batch ``(M,)``: whether the wish is met, ``(M,)`` bool."""


def gaps(logits: Tensor, goal: Goal) -> Tensor:
    """Return by how much the wish is missed, ``(N,)``: below 0 where it is met."""
    own = logits.gather(1, goal.classes[:, None])[:, 0]
    others = logits.scatter(1, goal.classes[:, None], -torch.inf).amax(1)
    return others - own if goal.is_targeted else own - others


def seeing(model: Classifier, goal: Goal) -> Sees:
    """Return what asks the model whether the wish is met."""

    def sees(images: Tensor, samples: Tensor) -> Tensor:
        with torch.no_grad():
            logits = model(images).float()
        # on the border itself rounding in another batch would undo it
        return gaps(logits, goal.of_some(samples)) < -_SURE * logits.abs().amax(1)

    return sees


def outset(clean: Tensor, sees: Sees) -> Nearest:
    """Return what is known of photos ``(N, C, H, W)`` in [0, 1] as they are: those that meet the wish are at 0."""
    nearest, every = Nearest.of(clean), torch.arange(len(clean), device=clean.device)
    nearest.keep(clean, torch.zeros(len(clean), device=clean.device), sees(clean, every), every)
    return nearest


def drawn_back(clean: Tensor, nearest: Nearest, sees: Sees, halvings: int) -> Nearest:
    """Return what was found, moved along the line towards the clean photos ``(N, C, H, W)`` while it succeeds."""
    some = nearest.is_found.nonzero()[:, 0]
    if not len(some):
        return nearest
    start, far = clean[some], nearest.images[some]
    low = torch.zeros(len(some), 1, 1, 1, device=clean.device)
    high = torch.ones_like(low)
    for _ in range(halvings):
        middle = (low + high) / 2.0
        there = sees(start + middle * (far - start), some).view(-1, 1, 1, 1)
        high, low = torch.where(there, middle, high), torch.where(there, low, middle)
    nearest.images[some] = start + high * (far - start)
    nearest.sizes[some] *= high[:, 0, 0, 0]
    return nearest


def masked(gradient: Tensor, run: Run, samples: Tensor) -> Tensor:
    """Return a gradient ``(M, C, H, W)`` of samples ``(M,)`` that is 0 where they must not be changed."""
    return gradient if run.mask is None else gradient * (run.mask[samples] > 0)


def result_of(clean: Tensor, nearest: Nearest, norm: Norm, eps: float, more: list[dict[str, Any]]) -> Result:
    """Return what was found within the budget, and what is said of each sample.

    Parameters
    ----------
    clean : Tensor
        ``(N, C, H, W)`` float32 in [0, 1].
    nearest : Nearest
        What was found, with its distances by the norm, in values.
    norm, eps : Norm, float
        The budget, in 8-bit levels.
    more : list of dict
        What else the attack says, one for each sample; its caveats come before all others.
    """
    reports = [
        {"smallest": size * 255.0 if size < float("inf") else None, **said,
         "caveats": [*said.get("caveats", []), *([_NONE] if size == float("inf") else [_TOO_FAR] if size * 255.0 > eps
                                                 else [])]}
        for size, said in zip(nearest.sizes.tolist(), more, strict=True)
    ]  # fmt: skip
    return Result(image=within(nearest.images, clean, norm, eps / 255.0), reports=reports)
