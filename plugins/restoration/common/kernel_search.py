"""The blur of a photo: attempts with a method's own guesses, and the one that the photo's spectrum bears out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.blind import Guess, busiest_window, coarse_to_fine
from desktop_app.numerics.blur_likelihood import dents_explained, log_likelihoods
from desktop_app.numerics.edge_steepness import edge_steepness
from desktop_app.numerics.kernel_estimation import point_kernels
from desktop_app.numerics.noise import estimate_sigma
from plugins.restoration.common.blind_params import BlindParams
from plugins.restoration.common.kernel_size import USUAL_SIZE, candidate_sizes, largest_side
from plugins.restoration.common.last_step import LEAST_ERROR, energy
from plugins.restoration.common.long_kernels import LONG_BOLDNESS, means_of
from plugins.restoration.common.progress import share_of

BOLDNESS = (1.0, 0.63, 1.6)
"""Multiples of the strength that an edge has to have, an attempt each: no single one suits every photo."""
LEAST_EVIDENCE = 0.09
"""Nats a frequency: kernels "found" in sharp photos explain less, those of real blurs more."""
LEAST_STEEPNESS = 0.3
"""Share of their rise in one pixel, below which edges of some direction are blurred, whatever the spectrum says."""
SMALLEST_KERNEL = 3
"""Pixels of a side; where a photo allows no more, it is left as it is."""
_ABOUT = 0.08  # nats a frequency: long kernels that explain that much less may still be better
_WINDOW = 512  # pixels of a side: enough edges for any kernel of usual size
_KERNELS_PER_WINDOW = 5
_ERROR_AT_ONE = 0.2  # levels; without evidence to speak of, errors leave ripples that a person minds
_LARGEST_ERROR = 2.25
_STEEPNESS_SHARE = 0.15  # of the evidence that a soft lens or motif can give as well as a shake
_HALVING_NOISE = 5.0  # levels at which half of that does: noise hides the finest detail, where lenses are soft anyway

MakeGuess = Callable[[float], Guess]
"""Makes the `Guess` of one attempt, for edges that many times as strong as the parameters say; it may remember."""


@dataclass(frozen=True)
class Blur:
    """What blurred a photo; sharp ones have a blur, too.

    Parameters
    ----------
    kernel : Tensor
        ``(k, k)`` of unit sum.
    evidence : float
        How much it explains of the photo's spectrum; see `evidence`.
    shows : bool
        Whether that is more than kernels found in sharp photos explain, or the edges of some direction are soft.
    """

    kernel: Tensor
    evidence: float
    shows: bool

    @property
    def error(self) -> float:
        """By how many levels the kernel is off, as noise would be: none is exact, the less so the less it explains."""
        return min(max(_ERROR_AT_ONE / max(self.evidence, 1e-3), LEAST_ERROR), _LARGEST_ERROR)

    @classmethod
    def none(cls, size: int, device: torch.device) -> Blur:
        """Return what a photo has in which no kernel can be looked for."""
        return cls(point_kernels(1, size, device)[0], 0.0, shows=False)


def find_blur(
    image: Tensor, params: BlindParams, sigma: float, make_guess: MakeGuess, progress: Callable[[float], None],
    boldness: Sequence[float] = BOLDNESS,
) -> Blur:
    """Return the blur of a photo ``(C, H, W)`` with noise of σ in 8-bit levels: that of the best attempt."""
    height, width = image.shape[-2:]
    most = largest_side(height, width, params.kernel_size or USUAL_SIZE)
    if most < SMALLEST_KERNEL:
        return Blur.none(params.kernel_size or USUAL_SIZE, image.device)
    progress(0.0)
    whole = luminance(image[None])[0, 0]
    progress(0.0)  # large photos are to stop in between
    sizes = [most] if params.kernel_size else candidate_sizes(whole, lambda: progress(0.0))
    plane = estimation_plane(whole, max(sizes))
    sigma = noise_of_luminance(plane, image, sigma)
    kernel = likeliest_kernel(plane, sizes, params, sigma, make_guess, progress, boldness)
    found = evidence(plane[0], kernel, sigma)
    return Blur(kernel, found, shows=found > LEAST_EVIDENCE or edge_steepness(plane[0]) < LEAST_STEEPNESS)


def estimation_plane(plane: Tensor, side: int) -> Tensor:
    """Return the part ``(1, h, w)`` of a photo's luminance ``(H, W)`` in which its kernel is looked for."""
    return plane[busiest_window(plane, max(_WINDOW, _KERNELS_PER_WINDOW * side))][None]


def estimation_pixels(height: int, width: int) -> int:
    """Return how many pixels that part of a photo has for a kernel of usual size."""
    side = max(_WINDOW, _KERNELS_PER_WINDOW * USUAL_SIZE)
    return min(height, side) * min(width, side)


def noise_of_luminance(plane: Tensor, image: Tensor, sigma: float) -> float:
    """Return the noise of a part ``(1, h, w)`` of the luminance of a photo ``(C, H, W)`` with noise of σ.

    The channels' noise averages out to two thirds, or to less where a camera has smoothed it; with more noise than
    there is, the spectrum of a sharp photo seems to fall too steeply.
    """
    return sigma if len(image) == 1 else min(sigma, estimate_sigma(plane))


def likeliest_kernel(
    plane: Tensor, sizes: Sequence[int], params: BlindParams, sigma: float, make_guess: MakeGuess,
    progress: Callable[[float], None], boldness: Sequence[float] = BOLDNESS,
) -> Tensor:
    """Return the kernel ``(k, k)`` of one of the sizes that explains the spectrum of a plane ``(1, H, W)`` best.

    A sharp plane has one, too. The first boldness finds the size, the others are tried with it. Long kernels are tried
    with boldnesses of their own, where the method has more than one, and of those that explain the spectrum about
    equally well that is taken which leaves the fewest ripples.
    """
    plans = {size: _boldnesses(size, boldness) for size in sizes}
    done, count = 0, sum(len(first) for first, _ in plans.values()) + max(len(later) for _, later in plans.values())

    def attempt(size: int, bold: float) -> Tensor:
        nonlocal done
        part, done = share_of(progress, done, count), done + 1
        return coarse_to_fine(plane, size, make_guess(bold), part, turns=params.turns)[0]

    tried = [attempt(size, bold) for size, (first, _) in plans.items() for bold in first]
    side = len(_likeliest(plane, tried, sigma)[0])
    kernels = [kernel for kernel in tried if len(kernel) == side] + [attempt(side, bold) for bold in plans[side][1]]
    if side <= USUAL_SIZE:
        return _likeliest(plane, kernels, sigma)[0]
    nearly = _likeliest(plane, [*kernels, *means_of(kernels)], sigma, _ABOUT)
    return min(nearly, key=lambda kernel: energy(plane[0], kernel, sigma, partial(progress, 1.0)))


def _boldnesses(size: int, boldness: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Return with which boldnesses kernels of a size are tried to find the size, and with which if it is that."""
    is_long = size > USUAL_SIZE and len(boldness) > 1
    return (LONG_BOLDNESS[:2], LONG_BOLDNESS[2:]) if is_long else (boldness[:1], boldness[1:])


def _likeliest(plane: Tensor, kernels: Sequence[Tensor], sigma: float, about: float = 0.0) -> list[Tensor]:
    """Return the best of kernels by both rulers, and those so many nats a frequency behind.

    A power of frequency alone misleads where a photo is text.
    """
    if len(kernels) == 1:
        return list(kernels)
    powers = log_likelihoods(plane[0], kernels, sigma)
    values = [value + dents_explained(plane[0], kernel, sigma) for value, kernel in zip(powers, kernels, strict=True)]
    return [kernel for kernel, value in zip(kernels, values, strict=True) if value >= max(values) - about]


def evidence(plane: Tensor, kernel: Tensor, sigma: float) -> float:
    """Return how much a kernel ``(k, k)`` explains of the spectrum of a plane ``(H, W)``; see `LEAST_EVIDENCE`.

    Several kernels ``(n, k, k)`` stand for a blur that differs from place to place. Negative where they explain less
    than no blur does. Noise of σ in 8-bit levels hides evidence, and is allowed for.
    """
    plain, blurred = log_likelihoods(plane, [plane.new_ones(1, 1), kernel], sigma)
    found = dents_explained(plane, kernel, sigma) + _STEEPNESS_SHARE * (blurred - plain)
    return found * (1.0 + (sigma / _HALVING_NOISE) ** 2)
