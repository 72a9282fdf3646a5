"""Transparency goes where the colours go: no tool sees it, but one that reframes a photo does the same to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desktop_app.core.imaging.photo_space import SRGB_SPACE
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.source import RasterSource, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.api.results import Result
    from desktop_app.core.jobs.context import RunContext
    from desktop_app.core.jobs.stack import Job

Execute = Callable[[Source, Any, "RunContext", None], "Result"]


def alphas_of(job: Job, execute: Execute, context: RunContext) -> list[NDArray[np.generic] | None]:
    """Return each photo's transparency ``(H, W)``, of the file's dtype, in the result's frame where that is another.

    Parameters
    ----------
    job : Job
        The photos and the tool.
    execute : callable
        Runs the tool on a source, whole.
    context : RunContext
        As the photos' colours had it.
    """
    found = [sample.raster.alpha for sample in job.samples]
    if job.sizes.frame is None:
        return found
    return [None if alpha is None else _reframed(job, alpha, execute, context) for alpha in found]


def _reframed(
    job: Job, alpha: NDArray[np.generic], execute: Execute, context: RunContext
) -> NDArray[np.generic]:
    import torch

    with torch.no_grad():
        alone = replace(context, seeds=context.seeds[:1], streams=[], space=SRGB_SPACE)  # no colour: no profile
        result = execute(RasterSource([Raster(alpha[..., None])]), job.params, alone, None)
    assert result.image is not None  # a tool that reframes gives a picture, or it was refused before
    values: NDArray[np.generic] = result.image[0, 0].clamp(0.0, 1.0).cpu().numpy()
    return values
