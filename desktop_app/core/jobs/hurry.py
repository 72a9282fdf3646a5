"""Classifiers for attacks, which ask thousands of questions: folded, and their gradients coarse where that pays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.jobs.context import RunContext

_LARGE = 128  # pixels of a photo's shorter side, from which on the processor's matrix unit is fed


def in_a_hurry(context: RunContext, height: int, width: int, *, is_exact: bool = False) -> RunContext:
    """Return a context whose classifiers answer sooner; what judges the outcome keeps the one that was given.

    Gradients are taken in bfloat16 where that is asked for, and of large photos on processors with AMX, which are more
    than twice as fast so; answers without gradients, such as those by which an attack knows that it is done, are not.

    Parameters
    ----------
    context : RunContext
        Its record of precisions is added to.
    height, width : int
        Of the photos.
    is_exact : bool
        Whether nothing is folded.
    """
    is_coarse = bool(context.models) and _is_coarse(context, min(height, width))
    models = tuple(model.hurried(is_coarse=is_coarse, is_folded=not is_exact) for model in context.models)
    if is_coarse and any(model.is_differentiable for model in models):
        context.precisions.add("bfloat16")
    return replace(context, models=models)


def _is_coarse(context: RunContext, side: int) -> bool:
    if context.precision != "auto":
        return context.precision == "bfloat16"
    return side >= _LARGE and context.device.type == "cpu" and _has_matrix_unit()


def _has_matrix_unit() -> bool:
    import torch

    asked = getattr(torch.cpu, "_is_amx_tile_supported", None)  # not told by every version of torch
    return bool(asked and asked())
