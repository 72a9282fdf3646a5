"""Classifiers for attacks, which ask thousands of questions: folded, and their gradients coarse where that pays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.jobs.context import RunContext

_LARGE = 128  # pixels of a photo's shorter side, from which on the processor's units for bfloat16 are fed
_UNITS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")  # not asked about by every version of torch


def in_a_hurry(context: RunContext, height: int, width: int, *, is_exact: bool) -> RunContext:
    """Return a context whose classifiers answer sooner; what judges the outcome keeps the one that was given.

    Gradients are taken in bfloat16 where that is asked for, and of large photos on processors with AMX, which are more
    than twice as fast so, or AVX-512's bfloat16 (0.6 of the time); answers without gradients, such as those by which an
    attack knows that it is done, are not.

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
    return side >= _LARGE and context.device.type == "cpu" and _multiplies_bfloat16()


def _multiplies_bfloat16() -> bool:
    import torch

    return any(getattr(torch.cpu, unit, bool)() for unit in _UNITS)
