"""Photos blurred by the kernel in hand, and the denoising part tuned to them: "all training data need the same M"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, pi

import torch
from torch import Tensor, nn

from desktop_app.numerics.blurring import blurred
from plugins.restoration.dcnn.network import conditioned

__all__ = ["Deconvolve", "exercise", "tuned"]

_CROP, _BATCH = 96, 2
_RATE, _WARMUP = 2e-4, 10
_LIKELIHOOD = 0.02  # weight of the variance's likelihood

Deconvolve = Callable[[Tensor, Tensor, float], Tensor]
"""Of a blurred plane ``(H, W)``, its kernel and σ in 8-bit levels: the deconvolved plane."""


def exercise(clean: Tensor, kernel: Tensor, sigma: float, noise: Tensor, deconvolve: Deconvolve) -> Tensor:
    """Return what the network is to learn from: a clean photo, blurred by the kernel, noisy, and deconvolved.

    Parameters
    ----------
    clean : Tensor
        ``(1, C, H, W)`` float32 in [0, 1].
    kernel : Tensor
        ``(h, w)`` of odd sides and unit sum.
    sigma : float
        Noise in 8-bit levels.
    noise : Tensor
        Of the photo's shape and unit deviation.
    deconvolve : Deconvolve
        What the network follows.

    Returns
    -------
    Tensor
        ``(1, 2 C + 1, H, W)``, as the network takes it.
    """
    soft = blurred(clean, kernel, lambda: None) + sigma / 255.0 * noise
    sharp = torch.stack([deconvolve(plane, kernel, sigma) for plane in soft[0]])[None]
    return conditioned(sharp, soft, soft.new_full((1, 1, 1, 1), sigma / 255.0))


def tuned(
    network: nn.Module, photos: Sequence[Tensor], kernel: Tensor, sigma: float, steps: int, deconvolve: Deconvolve,
    progress: Callable[[float], None],
) -> None:
    """Let a network learn from crops of photos ``(C, H, W)`` that one kernel blurred; it is changed in place.

    The crops are the same at every call.

    Parameters
    ----------
    network : nn.Module
        As `plugins.restoration.dcnn.network.build` makes it.
    steps : int
        Batches of two crops; a rate that falls along half a cosine.
    progress : callable
        Told the share done before every crop; may raise to stop.
    """
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(network.parameters(), lr=_RATE, betas=(0.9, 0.99))
    smallest = min(min(photo.shape[-2:]) for photo in photos)
    margin = max(0, min(max(kernel.shape), (smallest - _CROP) // 2))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min((step + 1) / _WARMUP, 0.5 * (1.0 + cos(pi * step / steps)))
        given, wanted = [], []
        for place in range(_BATCH):
            progress((step + place / _BATCH) / steps)
            clean = _crop(photos, _CROP + 2 * margin, generator).to(kernel)
            noise = torch.randn(clean.shape, generator=generator).to(kernel)
            inner = (..., slice(margin, clean.shape[-2] - margin), slice(margin, clean.shape[-1] - margin))
            given.append(exercise(clean, kernel, sigma, noise, deconvolve)[inner])
            wanted.append(clean[inner])
        with torch.enable_grad():
            _step(network, torch.cat(given), torch.cat(wanted), optimizer)


def _step(network: nn.Module, given: Tensor, wanted: Tensor, optimizer: torch.optim.Optimizer) -> None:
    mean, deviation = network(given).chunk(2, dim=1)
    error = mean - wanted
    variance = deviation.square()
    likelihood = 0.5 * (error.detach().square() / variance + variance.log()).mean()
    loss = error.square().mean((1, 2, 3)).add(1e-8).sqrt().mean() + _LIKELIHOOD * likelihood
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()


def _crop(photos: Sequence[Tensor], side: int, generator: torch.Generator) -> Tensor:
    """Return a random part ``(1, 3, side, side)``, smaller where a photo is."""
    photo = photos[int(torch.randint(len(photos), (1,), generator=generator))]
    places = [int(torch.randint(max(length - side, 0) + 1, (1,), generator=generator)) for length in photo.shape[1:]]
    return photo[None, :, places[0] : places[0] + side, places[1] : places[1] + side]

