"""Sparse codes of many signals at once: orthogonal matching pursuit and the Lasso."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Code", "lasso", "noise_energy", "omp", "omp_residuals"]

_CHUNK = 1024  # signals whose correlations with all atoms stay in a processor's cache
_GAIN_SIZE = 64  # values of a signal for which a gain is given
_DEPENDENT = 1e-4  # an atom of unit length that is this close to the span of others adds nothing


def noise_energy(noise_std: float, gain: float, size: int) -> float:
    """Return the squared norm that a signal of `size` values may lose to noise: n(Cσ)².

    Parameters
    ----------
    noise_std : float
        σ, in the units of the signal.
    gain : float
        C for 64 values. The noise's squared norm spreads less in more dimensions, and C² - 1 shrinks with it.
    size : int
        n.

    References
    ----------
    Elad, Aharon 2006, eq. 6, doi:10.1109/TIP.2006.881969
    """
    return size * noise_std**2 * (1.0 + (gain**2 - 1.0) * sqrt(_GAIN_SIZE / size))


@dataclass(frozen=True)
class Code:
    """Sparse codes of n signals, of at most m atoms each."""

    residuals: Tensor
    """``(n, d)``: what the codes leave of the signals."""
    counts: Tensor
    """``(n,)`` int64: how many atoms each signal took; later places are zero."""
    indices: Tensor
    """``(n, m)`` int64: which atoms."""
    coefficients: Tensor
    """``(n, m)``: how much of them."""


def omp(signals: Tensor, atoms: Tensor, energy: float, most: int) -> Code:
    """Return codes of few atoms that leave no more than `energy` of each signal.

    Orthogonal matching pursuit. One step for all signals that still need one is a product of matrices; the chosen
    atoms are made orthogonal as they come, so that no system is solved. In the 64 to 200 dimensions of patches this
    moves less memory than updating correlations from the atoms' Gram matrix (Rubinstein 2008, algorithm 1), and the
    greedy choices are the same.

    Parameters
    ----------
    signals : Tensor
        ``(n, d)``.
    atoms : Tensor
        ``(K, d)``, of unit length.
    energy : float
        Squared norm of a residual that is small enough.
    most : int
        Atoms of one signal at most.

    References
    ----------
    Pati, Rezaiifar, Krishnaprasad 1993, Orthogonal matching pursuit, doi:10.1109/ACSSC.1993.342465
    """
    parts = [_omp(part, atoms, energy, most, most) for part in torch.split(signals, _CHUNK)]
    residuals, counts, indices, coefficients = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return Code(residuals, counts, indices, coefficients)


def omp_residuals(signals: Tensor, atoms: Tensor, energy: float, most: int) -> tuple[Tensor, Tensor]:
    """Return float residuals ``(n, d)`` and integer numbers of atoms, one a row, as `omp` does: in half the time."""
    parts = [_omp(part, atoms, energy, most, 0) for part in torch.split(signals, _CHUNK)]
    return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])


def _omp(signals: Tensor, atoms: Tensor, energy: float, most: int, kept: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pursue signals together. The last `kept` columns of every vector say which sum of atoms it is."""
    (n, size), device = signals.shape, signals.device
    residuals = torch.cat([signals, signals.new_zeros(n, kept)], 1)
    counts = torch.zeros(n, dtype=torch.long, device=device)
    indices = torch.zeros(n, kept, dtype=torch.long, device=device)
    left = (signals.square().sum(1) > energy).nonzero()[:, 0]
    rest, basis = residuals[left], list[Tensor]()
    for step in range(min(most, size)):
        if not len(left):
            break
        chosen = _strongest(rest[:, :size] @ atoms.T)
        fresh = F.pad(atoms.index_select(0, chosen), (0, kept))
        if kept:
            fresh[:, size + step] = 1.0
            indices[left, step] = chosen
        _orthonormalise(fresh, basis, size)
        rest.addcmul_(fresh, _dots(fresh, rest, size), value=-1.0)
        counts[left] += 1
        residuals[left] = rest
        on = (rest[:, :size].square().sum(1) > energy).nonzero()[:, 0]
        left, rest = left[on], rest[on]
        basis = [vector[on] for vector in (*basis, fresh)]
    return residuals[:, :size], counts, indices, residuals[:, size:].neg()


def _strongest(correlations: Tensor) -> Tensor:
    """Return where the largest magnitude of each row ``(n, K)`` stands; float32 rows are used up.

    The number of its column takes the place of a float's last bits, so that the maximum brings it along: a search for
    the place of a maximum costs five times that. Of two that agree in their first digits (13 bits of 1,024 columns)
    either may be taken.
    """
    if correlations.dtype != torch.float32:
        return correlations.abs().argmax(1)
    columns = torch.arange(correlations.shape[1], dtype=torch.int32, device=correlations.device)
    low = (1 << (len(columns) - 1).bit_length()) - 1
    packed = correlations.view(torch.int32).bitwise_and_(0x7FFFFFFF & ~low).bitwise_or_(columns)
    return packed.view(torch.float32).amax(1).view(torch.int32).bitwise_and_(low).long()


def _orthonormalise(fresh: Tensor, basis: list[Tensor], size: int) -> None:
    """Gram and Schmidt, in place; a vector without a part of its own becomes zero."""
    for vector in basis:
        fresh.addcmul_(vector, _dots(vector, fresh, size), value=-1.0)
    norm = fresh[:, :size].square().sum(1, keepdim=True).sqrt_()
    fresh.mul_(torch.where(norm > _DEPENDENT, norm.reciprocal(), 0.0))


def _dots(a: Tensor, b: Tensor, size: int) -> Tensor:
    return (a[:, :size] * b[:, :size]).sum(1, keepdim=True)


def lasso(signals: Tensor, atoms: Tensor, penalty: float, iterations: int, refit: int = 0) -> Tensor:
    """Return codes ``(n, K)`` that minimise ``‖signal − code·atoms‖²/2 + penalty·‖code‖₁``, by FISTA.

    Parameters
    ----------
    signals : Tensor
        ``(n, d)``.
    atoms : Tensor
        ``(K, d)``.
    penalty : float
        What a unit of a coefficient costs; from the largest correlation with an atom on, a code is zero.
    iterations : int
        More come closer to the minimum; the error falls with their square.
    refit : int
        Iterations more, without the penalty and of the coefficients alone that are not zero: the penalty has pulled
        them to zero, too.

    References
    ----------
    Beck, Teboulle 2009, A fast iterative shrinkage-thresholding algorithm, section 4, doi:10.1137/080716542
    """
    codes = signals.new_zeros(len(signals), len(atoms))
    step = 1.0 / float(torch.linalg.matrix_norm(atoms, 2)) ** 2
    for places in torch.split(torch.arange(len(signals), device=signals.device), _CHUNK):
        live = places[(signals[places] @ atoms.T).abs_().amax(1) > penalty]
        codes[live] = _shrink(signals[live], atoms, penalty, step, iterations, refit)
    return codes


def _shrink(
    signals: Tensor, atoms: Tensor, penalty: float, step: float, iterations: int, refit: int
) -> Tensor:
    start = signals.new_zeros(len(signals), len(atoms))
    codes = _fista(signals, atoms, start, step, iterations, partial(F.softshrink, lambd=step * penalty))
    return _fista(signals, atoms, codes, step, refit, (codes != 0).to(codes).mul) if refit else codes


def _fista(
    signals: Tensor, atoms: Tensor, codes: Tensor, step: float, iterations: int, proximal: Callable[[Tensor], Tensor]
) -> Tensor:
    ahead = codes
    speed = 1.0
    for _ in range(iterations):
        gradient = torch.addmm(signals, ahead, atoms, beta=-1.0) @ atoms.T
        moved = proximal(ahead - step * gradient)
        faster = (1.0 + sqrt(1.0 + 4.0 * speed**2)) / 2.0  # eq. 4.2
        ahead = torch.lerp(codes, moved, 1.0 + (speed - 1.0) / faster)  # eq. 4.3
        codes, speed = moved, faster
    return codes
