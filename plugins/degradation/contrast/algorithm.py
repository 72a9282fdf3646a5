"""Contrast: y = c·(x − m) + m with the mean m of each channel over the whole photo."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.contrast.descriptor import ContrastParams


def prepare(images: Tensor, params: ContrastParams, run: Run) -> Tensor:  # noqa: ARG001 - the host's signature
    """Return each photo's mean colour ``(N, C, 1, 1)``."""
    return images.mean((2, 3), keepdim=True)


def run(images: Tensor, params: ContrastParams, run: Run) -> Result:
    """Draw photos towards their mean, or away from it.

    Photos are ``(N, C, H, W)`` float32.
    """
    run.check()
    mean: Tensor = run.prepared.to(images.device)
    return Result(image=images + (mean - images) * (1.0 - params.contrast / 100.0))
