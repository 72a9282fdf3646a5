"""The plain network: every patch is denoised by itself, overlapping ones are averaged (Burger 2012, section 3).

Inverts ``y = x + e`` with white Gaussian noise. Planes go to the network in units of the noise's standard deviation;
colours do so in an orthonormal opponent space, where the noise stays white.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise import NO_NOISE, noise_report
from desktop_app.numerics.opponent import from_opponent, to_opponent
from desktop_app.numerics.strips import row_strips
from plugins.restoration.common.params import NoiseParams
from plugins.restoration.mlp.descriptor import ALIGN, NETWORK, REACH

_STRIP = 1 << 17  # pixels that go through the layers together


def run(images: Tensor, params: NoiseParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept."""
    network, sigmas = run.network(NETWORK), run.prepared
    restored = []
    for index, (image, sigma) in enumerate(zip(images, sigmas, strict=True)):
        run.progress(index / len(images), "denoising patches")
        if sigma < NO_NOISE:
            restored.append(image.clone())
            continue
        noise_std = sigma / 255.0
        planes = to_opponent(image)[:, None] / noise_std
        clean = torch.cat([_by_strips(plane[None], network, run) for plane in planes])
        restored.append(from_opponent(noise_std * clean[:, 0]))
    return Result(image=torch.stack(restored), reports=[noise_report(sigma, params.sigma) for sigma in sigmas])


def _by_strips(plane: Tensor, network: Callable[[Tensor], Tensor], run: Run) -> Tensor:
    """Return a clean plane ``(1, 1, H, W)``; strips begin where patches do."""
    rows = max(_STRIP // plane.shape[-1], 4 * REACH) // ALIGN * ALIGN
    parts = []
    for strip in row_strips(plane.shape[-2], rows, REACH):
        run.check()
        parts.append(network(plane[..., strip.read, :])[..., strip.core, :])
    return torch.cat(parts, dim=-2)
