"""Tikhonov smoothing: ``‖x - y‖² + λ ‖Dᵏ x‖²`` is minimised, in closed form in the cosine domain.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ. Beyond its border the photo is taken to be
mirrored, for which cosines diagonalise the differences (Ng 1999). λ, when not given, is the one of least expected
squared error by Stein's unbiased estimate, for lightness and colours apart.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise import NO_NOISE, noise_report
from desktop_app.numerics.opponent import from_opponent, to_opponent
from desktop_app.numerics.transforms import cosine_spectrum, from_cosine_spectrum
from plugins.restoration.common.denoising import noise_of
from plugins.restoration.tikhonov.descriptor import TikhonovParams

_ORDERS = {"slope": 1, "bend": 2}
_BINS = 512
_WEIGHTS = 10.0 ** torch.linspace(-3.0, 5.0, 161, dtype=torch.float64)


def run(images: Tensor, params: TikhonovParams, run: Run) -> Result:
    """Smooth photos.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """
    with torch.no_grad():
        sigmas = noise_of(images, params, run)
        restored = [_smooth(image, sigma, params, run) for image, sigma in zip(images, sigmas, strict=True)]
    return Result(
        image=torch.stack([image for image, _ in restored]),
        reports=[
            noise_report(sigma, params.sigma) | {"weights": weights}
            for sigma, (_, weights) in zip(sigmas, restored, strict=True)
        ],
    )


def _smooth(image: Tensor, sigma: float, params: TikhonovParams, run: Run) -> tuple[Tensor, list[float]]:
    """Return the photo, and the weight that each of its (opponent) channels was smoothed with."""
    if sigma < NO_NOISE:
        return image.clone(), [0.0] * len(image)
    planes, weights = to_opponent(image), []
    steepness = _steepness(image, _ORDERS[params.penalty])
    restored = torch.empty_like(planes)
    for index, plane in enumerate(planes):
        run.progress(index / len(planes), "smoothing")
        spectrum = cosine_spectrum(plane)
        run.check()
        weight = _least_risk(spectrum, steepness, (sigma / 255.0) ** 2) if params.weight is None else params.weight
        restored[index] = from_cosine_spectrum(spectrum.div_(steepness.mul(weight).add_(1.0)))  # (1 + λ DᵀD) x = y
        weights.append(weight)
    return from_opponent(restored), weights


def _steepness(image: Tensor, order: int) -> Tensor:
    """Return the eigenvalues of ``(DᵀD)ᵏ``, which the cosines diagonalise (Ng 1999)."""
    rows, columns = (
        2.0 - 2.0 * torch.cos(torch.pi * torch.arange(size, device=image.device) / size) for size in image.shape[1:]
    )
    return (rows[:, None] + columns).pow_(order)


def _least_risk(spectrum: Tensor, steepness: Tensor, variance: float) -> float:
    """Return the λ of least ``Σ (1 - h)² y² + 2σ² Σ h`` with ``h = 1 / (1 + λ d)`` (Stein 1981).

    Frequencies of about the same steepness d are filtered alike; they are counted together.
    """
    logarithm = steepness.clamp(min=1e-12).log_()
    low, high = float(logarithm.flatten()[1:].min()) if logarithm.numel() > 1 else 0.0, float(logarithm.max())
    bins = ((logarithm - low) * ((_BINS - 1) / max(high - low, 1e-6))).round_().clamp_(0, _BINS - 1).long().flatten()
    power = torch.bincount(bins, spectrum.flatten().square(), _BINS).cpu().double()
    count = torch.bincount(bins, minlength=_BINS).cpu()
    centre = torch.linspace(low, high, _BINS, dtype=torch.float64).exp()
    kept = 1.0 / (1.0 + _WEIGHTS[:, None] * centre)
    risk = ((1.0 - kept).square() * power + 2.0 * variance * kept * count).sum(1)
    return float(_WEIGHTS[risk.argmin()])
