"""What a classifier answers behind a restoration."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Run

__all__ = ["restored_and_shares"]

_NEXT = 7919  # from one draw's seed to the next: those of neighbouring photos do not meet


def restored_and_shares(images: Tensor, run: Run, draws: int = 1) -> tuple[Tensor, Tensor]:
    """Return restored photos, and the model's probabilities of them.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 in [0, 1].
    run : Run
        With a model and a restoration.
    draws : int
        How often the restoration is asked with other seeds; the photos are the first draw's, the probabilities the
        mean.

    Returns
    -------
    tuple of Tensor
        ``(N, C, H', W')`` and ``(N, K)``, float32; photos as the restoration gave them, clipped for the model.
    """
    with torch.no_grad():
        pictures = [run.target(images, [seed + _NEXT * turn for seed in run.seeds]).float() for turn in range(draws)]
        shares = torch.stack([run.model(one.clamp(0.0, 1.0)).softmax(1) for one in pictures]).mean(0)
    return pictures[0], shares
