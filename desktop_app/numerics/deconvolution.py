"""Deconvolution with a sparse prior on a photo's differences, by alternating directions, with unknown surroundings.

Minimises ``1/2 ‖M ⊗ x - y‖² + μ Σ |D₁x|^α + w μ Σ |D₂x|^α`` over the photo's pixels (the data term ends at its
border), where D₁ are the two first differences, D₂ the three second ones, each taken together as the length of a
vector.

References
----------
Boyd et al. 2011, Distributed optimization and statistical learning via the alternating direction method of
multipliers, doi:10.1561/2200000016
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt

import torch
from torch import Tensor

from desktop_app.numerics.fourier import Frame, filtered, gradient_power, image_of, spectrum_of, transfer_function
from desktop_app.numerics.hyper_laplacian import shrink

__all__ = [
    "Solve",
    "SparsePrior",
    "alternate",
    "clipped_to_white",
    "deconvolve_sparse",
    "difference_power",
    "regularised_inverse",
    "unclipped",
]

_WHITE = 0.98  # from where on a pixel may be clipped: coding leaves some of white below 1
_ROUNDING = 1e-3
_SMALLEST = 1e-9  # length of a vector that is taken for none


@dataclass(frozen=True)
class SparsePrior:
    """What differences of a sharp photo look like.

    Parameters
    ----------
    weight : float
        μ: how smooth the result is made; photos have values in [0, 1].
    exponent : float
        α: 1 is total variation; below, few strong edges are preferred to many weak ones.
    bending : float
        w, of the second differences; 0 leaves them out. They let slopes be slopes, where first ones make steps.
    penalty : float
        How firmly the split differences are held to the photo's, in units of μ; changes the way, not the goal.
    """

    weight: float
    exponent: float = 1.0
    bending: float = 0.0
    penalty: float = 150.0


def deconvolve_sparse(
    plane: Tensor, kernel: Tensor, prior: SparsePrior, iterations: int, progress: Callable[[float], None]
) -> Tensor:
    """Return the sharp plane.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)`` float32, nominally in [0, 1].
    kernel : Tensor
        ``(h, w)`` of odd sides and unit sum.
    prior : SparsePrior
        What is expected of the result.
    iterations : int
        Of the alternation.
    progress : callable
        Called several times an iteration with the share done; may raise to stop.
    """
    frame = Frame.for_inverse(plane, kernel)
    transfer = transfer_function(kernel, frame.size)
    progress(0.0)  # on large planes each of these takes a second
    held = prior.weight * prior.penalty
    inverse = regularised_inverse(transfer, frame.size, held, prior)
    progress(0.0)
    known = frame.soften(plane, frame.lay(plane), transfer)
    is_white = clipped_to_white(plane)

    def solve(target: Tensor, _: Tensor, check: Callable[[], None]) -> Tensor:
        nonlocal known
        spectrum = spectrum_of(target).mul_(held)
        check()
        spectrum.addcmul_(spectrum_of(known), transfer.conj()).mul_(inverse)
        check()
        latent = image_of(spectrum, frame.size)
        check()
        blurred = filtered(spectrum, transfer, frame.size)
        known = frame.refill(unclipped(plane, frame.crop(blurred), is_white), blurred)
        return latent

    restored = frame.crop(alternate(known.clone(), prior, iterations, solve, progress)).clone()
    return restored if is_white is None else restored.clamp_max_(1.0)


def clipped_to_white(plane: Tensor) -> Tensor | None:
    """Return which pixels of a float plane ``(H, W)`` the camera cut off at white, or None of none."""
    is_white = plane >= _WHITE
    return is_white if bool(is_white.any()) and float(plane.max()) <= 1.0 + _ROUNDING else None


def unclipped(plane: Tensor, blurred: Tensor, is_white: Tensor | None) -> Tensor:
    """Return a float plane ``(H, W)`` as it was before it was clipped, judging by a blurred estimate of it.

    Where it is white all that is known is that there was this much light or more: the data term then has one side only
    (Whyte, Sivic, Zisserman 2014, Deblurring shaken and partially saturated images, doi:10.1007/s11263-014-0727-3). A
    lamp that is taken at its word leaves ripples all around it.
    """
    return plane if is_white is None else torch.where(is_white, torch.maximum(plane, blurred), plane)


Solve = Callable[[Tensor, Tensor, Callable[[], None]], Tensor]
"""Gets what the differences' squares pull towards, the plane so far, both ``(H', W')``, and where to check; gives the
next plane: the minimum of ``1/2 ‖M ⊗ x - y‖² + 1/2 held · xᵀ(D₁ᵀD₁ + D₂ᵀD₂)x - held · xᵀ target``."""


def alternate(
    start: Tensor, prior: SparsePrior, iterations: int, solve: Solve, progress: Callable[[float], None]
) -> Tensor:
    """Return the periodic plane ``(H, W)`` that the alternation between differences and data ends with.

    Parameters
    ----------
    start : Tensor
        ``(H, W)`` floating point.
    prior : SparsePrior
        What is expected of the result; ``held`` is its weight times its penalty.
    iterations : int
        Of the alternation.
    solve : Solve
        The step of the plane, which knows the data.
    progress : callable
        Called several times an iteration with the share done; may raise to stop.
    """
    latent = start
    duals = [torch.zeros_like(latent) for _ in range(5 if prior.bending else 2)]
    for iteration in range(iterations):
        progress(iteration / iterations)
        target = _split(latent, duals, prior, partial(progress, iteration / iterations))
        latent = solve(target, latent, partial(progress, (iteration + 0.5) / iterations))
    return latent


def difference_power(size: tuple[int, int], prior: SparsePrior, device: torch.device | None = None) -> Tensor:
    """Return ``Σ|D|²`` of the differences that a prior looks at, ``(height, width // 2 + 1)`` float."""
    steepness = gradient_power(size, device)
    return steepness + steepness.square() if prior.bending else steepness


def regularised_inverse(transfer: Tensor, size: tuple[int, int], held: float, prior: SparsePrior) -> Tensor:
    """Return ``1 / (|M|² + held · Σ|D|²)`` over the frequencies of a frame, ``(H, W // 2 + 1)`` float."""
    total = difference_power(size, prior, transfer.device).mul_(held)
    return total.add_(transfer.real.square()).add_(transfer.imag.square()).clamp_min_(1e-12).reciprocal_()


def _split(latent: Tensor, duals: list[Tensor], prior: SparsePrior, check: Callable[[], None]) -> Tensor:
    """Shrink the differences, move the duals (Boyd 2011, eq. 3.5 to 3.7), return the adjoint of what x is to match."""
    across, down = latent.roll(-1, 1).sub_(latent), latent.roll(-1, 0).sub_(latent)
    bends = _bends(across, down) if prior.bending else []
    check()
    first = _shrunk([across, down], duals[:2], prior.penalty, prior.exponent)
    if prior.bending:
        check()
        second = _shrunk(bends, duals[2:], prior.penalty / prior.bending, prior.exponent)
        _add_bends_adjoint(first, second)
        check()
    return first[0].roll(1, 1).sub_(first[0]).add_(first[1].roll(1, 0)).sub_(first[1])


def _bends(across: Tensor, down: Tensor) -> list[Tensor]:
    mixed = across.roll(-1, 0).sub_(across).mul_(sqrt(2.0))  # it stands twice in the matrix of second differences
    return [across.roll(1, 1).sub_(across), down.roll(1, 0).sub_(down), mixed]


def _add_bends_adjoint(first: list[Tensor], second: list[Tensor]) -> None:
    """Carry second differences back to first ones, and add them there."""
    first[0].add_(second[0].roll(-1, 1)).sub_(second[0])
    first[1].add_(second[1].roll(-1, 0)).sub_(second[1])
    first[0].add_(second[2].roll(1, 0).sub_(second[2]), alpha=sqrt(2.0))


def _shrunk(parts: list[Tensor], duals: list[Tensor], penalty: float, exponent: float) -> list[Tensor]:
    """Shrink vectors (their parts are overwritten), move their duals, and return shrunk less dual."""
    length = torch.zeros_like(parts[0])
    for part, dual in zip(parts, duals, strict=True):
        part.add_(dual)
        length.addcmul_(part, part)
    length.sqrt_()
    kept = _shrunk_length(length, penalty, exponent).div_(length.clamp_min_(_SMALLEST))
    taken = torch.sub(1.0, kept, out=length)
    for part, dual in zip(parts, duals, strict=True):
        torch.mul(part, taken, out=dual)
    kept.sub_(taken)
    for part in parts:
        part.mul_(kept)
    return parts


def _shrunk_length(length: Tensor, penalty: float, exponent: float) -> Tensor:
    return (length - 1.0 / penalty).clamp_min_(0.0) if exponent == 1.0 else shrink(length, penalty, exponent)
