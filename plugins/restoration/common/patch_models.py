"""Denoising by a model of a photo's patches: one learns it, one rebuilds patches with it, and all are averaged.

A model is a tensor: atoms, an operator, a transform. One holds the patches of all channels together, or each plane of
an orthonormal opponent space has its own: the noise stays white there, and most of the photo gathers in one plane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import pad_to_grid
from desktop_app.numerics.noise import NO_NOISE
from desktop_app.numerics.opponent import from_opponent, to_opponent
from desktop_app.numerics.patches import restore_patches, sample_patches, without_means
from plugins.restoration.common.denoising import HasSigma, denoised, noise_of
from plugins.restoration.common.progress import Told, share_of

_DENSE = 1 << 22  # pixels; in larger photos half the patches have to do: half the time, for 0.07 dB

Learn = Callable[[Tensor, float, Told], list[Tensor]]
"""Of a photo ``(C, H, W)`` and its noise in 8-bit levels: one model, or one for each plane in opponent space."""
Code = Callable[[Tensor], tuple[Tensor, Tensor | None]]
"""Of patches ``(n, d)``: what they were without noise, and their weights ``(n,)``, None for equal ones."""


@dataclass(frozen=True)
class Learnt:
    """What belongs to one whole photo."""

    sigma: float
    """Noise in 8-bit levels."""
    models: list[Tensor]
    """None where there is no noise."""
    is_dense: bool
    """Whether a patch at every pixel is rebuilt, or at every other."""


@dataclass(frozen=True)
class Coding:
    """How a method rebuilds patches.

    Parameters
    ----------
    patch : int
        Side in pixels.
    message : str
        What the program is at, for the progress bar.
    code : callable
        Gets a model, the noise's standard deviation (of values in [0, 1]), and the number of channels in a patch; gives
        the `Code`.
    loyalty : float
        Weight of the photo's own pixels beside the patches', times the noise in 8-bit levels.
    """

    patch: int
    message: str
    code: Callable[[Tensor, float, int], Code]
    loyalty: float = 0.0


def learnt_from(images: Tensor, params: HasSigma, run: Run, learn: Learn, effort: float) -> list[Learnt]:
    """Return the noise of photos ``(N, C, H, W)``, as given or estimated, and what was learnt. A tool's `prepare`.

    Learning takes about as long as rebuilding the patches at `effort` pixels, which its share of the time follows from.
    """
    with torch.no_grad():
        images = images.detach()
        is_dense = images[0, 0].numel() <= _DENSE
        share = effort / (effort + images[0, 0].numel() * (1.0 if is_dense else 0.5))
        tell, learnt = partial(_tell_learning, run, share), list[Learnt]()
        for index, (image, sigma) in enumerate(zip(images, noise_of(images, params, run), strict=True)):
            models = learn(image, sigma, share_of(tell, index, len(images))) if sigma >= NO_NOISE else []
            learnt.append(Learnt(sigma, models, is_dense))
        return learnt


def _tell_learning(run: Run, share: float, done: float) -> None:
    run.progress(share * done, "learning from the photo")


def textures_of(plane: Tensor, patch: int, count: int) -> Tensor:
    """Return at most `count` patches ``(n, patch²)`` from all over a plane ``(H, W)``, less their means."""
    return without_means(sample_patches(pad_to_grid(plane[None], patch, 1), patch, count), 1)[0]


def recoded(images: Tensor, params: HasSigma, run: Run, coding: Coding) -> Result:
    """Return photos ``(N, C, H, W)`` as their models, in ``run.prepared``, rebuild them."""
    learnt: list[Learnt] = run.prepared
    steps = [partial(_recode, learnt=one, coding=coding, run=run) for one in learnt]
    return denoised(images, params, [one.sigma for one in learnt], steps)


def _recode(image: Tensor, sigma: float, learnt: Learnt, coding: Coding, run: Run) -> Tensor:
    models = learnt.models
    parts = [image] if len(models) == 1 else [plane[None] for plane in to_opponent(image)]
    restored = list[Tensor]()
    for part, model in zip(parts, models, strict=True):
        code = coding.code(model, sigma / 255.0, len(part))
        told = share_of(partial(_tell, run, coding.message), len(restored), len(parts))
        loyalty = coding.loyalty / sigma
        restored.append(restore_patches(part, coding.patch, code, loyalty=loyalty, is_dense=learnt.is_dense, told=told))
    run.check()
    return restored[0] if len(parts) == 1 else from_opponent(torch.cat(restored))


def _tell(run: Run, message: str, done: float) -> None:
    run.progress(done, message)
