"""BM3D: like patches are stacked, and the stack is denoised as one signal of three dimensions (Dabov 2007).

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. The first stage
thresholds the stack's spectrum, the second weighs it as a Wiener filter would, with the first's result for the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import pad_to_grid
from desktop_app.numerics.opponent import from_opponent, to_opponent
from desktop_app.numerics.transforms import cosine_transform
from plugins.restoration.bm3d.descriptor import Bm3dParams
from plugins.restoration.bm3d.filtering import Layer, Stage, filter_planes
from plugins.restoration.bm3d.matching import Search
from plugins.restoration.bm3d.transforms import biorthogonal
from plugins.restoration.common.denoising import denoised, noise_of

_PATCH = 8
_WIENER_COUNT = 32
_STRONG_NOISE = 40.0  # levels of noise in the lightness, above which the second profile is used
_COLOUR_SHRINKAGE = 0.3  # more of λ3D for differences of colour, of which a photo has fewer than of lightness
_LARGE = 1 << 22  # pixels; in larger ones in colour half the groups have to do: a fifth less time, for 0.02 dB
_CAUTION = 0.8  # share of the noise's variance in the Wiener filter, whose guide has lost some of the signal


@dataclass(frozen=True)
class _Profile:
    """One column of Dabov 2007, table I; thresholds of matching in squared 8-bit levels per pixel."""

    step: int
    count: int
    match: float
    shrinkage: float  # λ3D
    wiener_patch: int
    wiener_step: int
    wiener_match: float

    def searches(self, window: int, is_halved: bool) -> tuple[Search, Search]:
        """Return what the two stages compare, perhaps by every other group, if they still leave no gap."""
        return (
            Search(_PATCH, self.step, window, self.count, self.match / 255.0**2,
                   is_halved and _has_spare(_PATCH, self.step)),
            Search(self.wiener_patch, self.wiener_step, window, _WIENER_COUNT, self.wiener_match / 255.0**2,
                   is_halved and _has_spare(self.wiener_patch, self.wiener_step)),
        )  # fmt: skip


_NORMAL = _Profile(
    step=3, count=16, match=3000.0, shrinkage=2.7, wiener_patch=8, wiener_step=3, wiener_match=400.0
)
_STRONG = _Profile(
    step=4, count=32, match=25000.0, shrinkage=2.8, wiener_patch=11, wiener_step=6, wiener_match=3500.0
)


@dataclass(frozen=True)
class Seen:
    """What is known of one whole photo."""

    sigma: float
    """Noise in 8-bit levels."""
    is_halved: bool
    """Whether every other group has to do."""


def prepare(images: Tensor, params: Bm3dParams, run: Run) -> list[Seen]:
    """Return what is known of each photo ``(N, C, H, W)``, whose tiles are denoised by it."""
    is_halved = images.shape[1] > 1 and images[0, 0].numel() > _LARGE  # grey ones would lose 0.05 dB
    return [Seen(sigma, is_halved) for sigma in noise_of(images, params, run)]


def run(images: Tensor, params: Bm3dParams, run: Run) -> Result:
    """Denoise photos; in colour, patches are matched by their lightness.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    """
    seen: list[Seen] = run.prepared
    steps = [partial(_denoise, params=params, is_halved=one.is_halved, run=run) for one in seen]
    return denoised(images, params, [one.sigma for one in seen], steps)


def _denoise(image: Tensor, sigma: float, params: Bm3dParams, is_halved: bool, run: Run) -> Tensor:
    noisy = to_opponent(image)
    profile = _STRONG if sigma / sqrt(len(image)) > _STRONG_NOISE else _NORMAL

    def progress(begin: float, end: float, done: float) -> None:
        run.progress(begin + (end - begin) * done, "comparing and filtering patches")

    first, second = profile.searches(params.search_size, is_halved)
    if params.stages == "first":
        return from_opponent(_threshold(noisy, sigma / 255.0, profile.shrinkage, first, partial(progress, 0.0, 1.0)))
    estimate = _threshold(noisy, sigma / 255.0, profile.shrinkage, first, partial(progress, 0.0, 0.5))
    return from_opponent(_wiener(noisy, estimate, sigma / 255.0, second, partial(progress, 0.5, 1.0)))


def _threshold(
    noisy: Tensor, noise_std: float, shrinkage: float, search: Search, progress: Callable[[float], None]
) -> Tensor:
    """Return the basic estimate: groups are found in the noisy photo and thresholded (section III-B, eqs. 4 to 6)."""
    exact = torch.float64 if noisy.is_cpu or noisy.is_cuda else torch.float32  # Apple's GPUs have no float64
    stage = Stage(search, biorthogonal(_PATCH), exact)
    padded = pad_to_grid(noisy, search.patch, search.step)
    shrinkages = [shrinkage] + [shrinkage + _COLOUR_SHRINKAGE] * (len(padded) - 1)
    layers = [
        Layer([plane], partial(_keep_strong, times * noise_std), _is_halved(index, search))
        for index, (plane, times) in enumerate(zip(padded, shrinkages, strict=True))
    ]
    return _crop(filter_planes(_lightness(padded), layers, stage, progress), noisy)


def _wiener(
    noisy: Tensor, estimate: Tensor, noise_std: float, search: Search, progress: Callable[[float], None]
) -> Tensor:
    """Return the final estimate: groups are found in the basic one, which also shapes the filter."""
    stage, shrink = Stage(search, cosine_transform(search.patch)), partial(_weigh, _CAUTION * noise_std**2)
    padded, guide = (pad_to_grid(image, search.patch, search.step) for image in (noisy, estimate))
    layers = [
        Layer(views, shrink, _is_halved(index, search))
        for index, views in enumerate(zip(padded, guide, strict=True))
    ]
    return _crop(filter_planes(_lightness(guide), layers, stage, progress), noisy)


def _is_halved(plane: int, search: Search) -> bool:
    """Return whether half of the groups do: of differences of colour, where they leave no gap.

    It takes a third off the filtering and 0.01 to 0.03 dB.
    """
    return plane > 0 and _has_spare(search.patch, search.step)


def _has_spare(patch: int, step: int) -> bool:
    """Return whether patches at every other reference still leave no gap between them."""
    return 2 * step <= patch


def _lightness(opponent: Tensor) -> Tensor:
    """Return the mean of the channels, in whose units thresholds of matching are given."""
    return opponent[0] / sqrt(len(opponent))


def _crop(planes: list[Tensor], like: Tensor) -> Tensor:
    return torch.stack([plane[: like.shape[1], : like.shape[2]] for plane in planes])


def _keep_strong(threshold: float, spectra: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Set weak coefficients to zero (eq. 6); a group weighs the less the more of them it keeps (eq. 10)."""
    (noisy,) = spectra
    kept = (noisy.abs() > threshold).to(noisy.dtype)
    weights = kept.sum((0, 2)).clamp_(min=1.0).reciprocal_()
    return noisy.mul_(kept), weights


def _weigh(variance: float, spectra: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Multiply by the empirical Wiener filter (eqs. 8 and 9); groups weigh by its energy (eq. 11)."""
    noisy, estimate = spectra
    power = estimate.square_()
    shrinkage = power.div_(power + variance)
    shrinkage[0, :, 0] = 1.0  # the group's mean: hardly any noise is in it, and dark groups would turn darker
    weights = shrinkage.square().sum((0, 2)).reciprocal_()
    return noisy.mul_(shrinkage), weights
