"""The generalised Anscombe transform: noise that grows with brightness is made even, removed, and the rest put back.

Inverts ``y = g · Poisson(x / g) + e`` with gain g and white Gaussian e of standard deviation σ, by whatever denoiser is
the target. That one sees a photo in [0, 1] with even noise, of which it is told the strength if it has a `sigma`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import ParameterError, Result, Run
from desktop_app.numerics.noise import PoissonGaussian, estimate_poisson_gaussian
from plugins.restoration.anscombe.descriptor import AnscombeParams

_LEAST_GAIN = 0.01  # levels, below which the noise is even enough as it is
_NO_NOISE = 1e-3  # levels of both below which there is nothing to remove


@dataclass(frozen=True)
class _Stabiliser:
    """The transform ``2 √(y/g + 3/8 + (σ/g)²)``, its range between black and white laid onto [0, 1]."""

    gain: float  # of values in [0, 1]
    ratio: float  # σ / g

    def root(self, values: Tensor) -> Tensor:
        """Return values whose noise has a standard deviation of about 1 (Starck 1998)."""
        return (values / self.gain + (0.375 + self.ratio**2)).clamp_(min=0.0).sqrt_().mul_(2.0)

    @property
    def black(self) -> float:
        """Where black comes to lie."""
        return 2.0 * sqrt(0.375 + self.ratio**2)

    @property
    def span(self) -> float:
        """How far white lies from black."""
        return 2.0 * sqrt(1.0 / self.gain + 0.375 + self.ratio**2) - self.black

    def stabilise(self, values: Tensor) -> Tensor:
        """Return values with even noise, of standard deviation ``1 / span``."""
        return self.root(values).sub_(self.black).div_(self.span)

    def invert(self, values: Tensor) -> Tensor:
        """Return the brightness whose transform has these means: Mäkitalo and Foi 2013, by the closed form of 2011."""
        mean = (values * self.span + self.black).clamp_(min=2.0 * sqrt(0.375))
        inverse = mean.reciprocal()
        counts = mean.square() / 4.0 + inverse * (
            sqrt(1.5) / 4.0 + inverse * (-11.0 / 8.0 + inverse * (5.0 * sqrt(1.5) / 8.0))
        )
        return (counts - (0.125 + self.ratio**2)).clamp_(min=0.0).mul_(self.gain)


def run(images: Tensor, params: AnscombeParams, run: Run) -> Result:
    """Denoise photos with the target.

    Photos are ``(N, C, H, W)`` float32; values outside [0, 1] are kept, and should be. The run's target is the
    denoiser.
    """
    noises = [_noise(image.detach(), params, run) for image in images]
    restored = []
    for n, noise in enumerate(noises):
        run.progress(n / len(noises), "removing noise", until=(n + 1) / len(noises))
        restored.append(_denoise(images[n : n + 1], noise, run, run.seeds[n]))
    return Result(
        image=torch.cat(restored),
        reports=[
            {"gain": noise.gain, "sigma": noise.sigma, "denoiser": run.target.tool,
             "gain_is_estimated": params.gain is None, "sigma_is_estimated": params.sigma is None}
            for noise in noises
        ],
    )


def _noise(image: Tensor, params: AnscombeParams, run: Run) -> PoissonGaussian:
    if params.gain is not None and params.sigma is not None:
        return PoissonGaussian(params.gain, params.sigma)
    found = estimate_poisson_gaussian(image, run.check)
    return PoissonGaussian(
        found.gain if params.gain is None else params.gain, found.sigma if params.sigma is None else params.sigma
    )


def _denoise(images: Tensor, noise: PoissonGaussian, run: Run, seed: int) -> Tensor:
    if max(noise.gain, noise.sigma) < _NO_NOISE:
        return images.clone()
    if noise.gain < _LEAST_GAIN:
        return _call_target(images, noise.sigma, run, seed)
    stabiliser = _Stabiliser(noise.gain / 255.0, noise.sigma / noise.gain)
    return stabiliser.invert(_call_target(stabiliser.stabilise(images), 255.0 / stabiliser.span, run, seed))


def _call_target(images: Tensor, sigma: float, run: Run, seed: int) -> Tensor:
    params = dict(run.target.params)
    if "sigma" in params:
        params["sigma"] = min(sigma, 255.0)
    restored = run.call(run.target.tool, images, params, seeds=[seed]).image
    if restored is None or restored.shape != images.shape:
        got = f"got {run.target.tool}, which changes the size"
        raise ParameterError(f"expected a denoiser as the target, {got}; choose another")
    return restored
