"""Chance that does not depend on the batch: each photo has a generator of its own."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api import Run


def each_sample(images: Tensor, run: Run, work: Callable[[Tensor, torch.Generator], Tensor]) -> Tensor:
    """Return what becomes of photos ``(N, C, H, W)`` one by one.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    run : Run
        Its seeds decide.
    work : callable
        Gets a photo ``(C, H, W)`` and its generator (on the CPU).
    """
    return torch.stack([work(image, generator) for image, generator in zip(images, run.generators(), strict=True)])
