"""Sparse codes of many signals at once: orthogonal matching pursuit and the Lasso."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Code", "lasso", "noise_energy", "omp"]

_CHUNK = 1024  # signals whose correlations with all atoms stay in a processor's cache
_PURSUED = 2048  # the same, where a step is many short operations
_GAIN_SIZE = 64  # values of a signal for which a gain is given
_DEPENDENT = 1e-6  # squared distance of an atom of unit length to the span of others at which it adds nothing
_LIVELY = 0.8  # share of signals that still need an atom at which the others are left behind


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

    Orthogonal matching pursuit, of many signals together. What a signal's residual has in common with the atoms follows
    from the signal's own correlations and the atoms' Gram matrix (Rubinstein 2008, algorithm 1), which stays in a
    processor's cache, so that only the first step is a product with all atoms. The chosen atoms are made orthogonal
    as they come, in the coordinates of the atoms taken before, so that no system is solved.

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
    Pati, Rezaiifar, Krishnaprasad 1993, Orthogonal matching pursuit, doi:10.1109/ACSSC.1993.342465; Rubinstein,
    Zibulevsky, Elad 2008, Efficient implementation of the K-SVD algorithm using batch orthogonal matching pursuit,
    Technion CS-2008-08
    """
    counts = torch.zeros(len(signals), dtype=torch.long, device=signals.device)
    code = Code(signals.clone(), counts, counts.new_zeros(len(signals), most), signals.new_zeros(len(signals), most))
    gram, last = atoms @ atoms.T, min(most, signals.shape[1])
    for places in torch.split((signals.square().sum(1) > energy).nonzero()[:, 0], _PURSUED):
        _pursue(code, _begun(signals, places, atoms), atoms, gram, energy, last)
    return code


@dataclass(frozen=True, eq=False)
class _Pursuit:
    """Signals under way, a row each, that have taken m atoms."""

    place: Tensor  # (n,) among all signals
    start: Tensor  # (n, K): correlations of the signals themselves with all atoms
    rest: Tensor  # (n,): squared norms of the residuals
    is_on: Tensor  # (n,) bool: whether the signal still needs an atom
    taken: Tensor  # (n, m): atoms
    shares: Tensor  # (n, m): how much of them
    own: Tensor  # (n, m): their correlations with the signal
    basis: Tensor  # (n, m, m): the orthonormal vectors made of them, as sums of them

    def of(self, rows: Tensor) -> _Pursuit:
        """Return some of the signals."""
        return _Pursuit(*(getattr(self, field.name).index_select(0, rows) for field in fields(self)))

    def further(self, gram: Tensor, energy: float) -> _Pursuit:
        """Return the state after an atom more for every signal that needs one."""
        mixed = _mixed(self.taken, self.shares, gram)
        chosen = _strongest(torch.sub(self.start, mixed, out=mixed))[:, None]
        vector = self._orthonormal(chosen, gram)
        own = torch.cat([self.own, self.start.gather(1, chosen)], 1)
        length = (vector * own).sum(1) * self.is_on
        rest = self.rest - length.square()
        return replace(
            self, rest=rest, is_on=self.is_on & (rest > energy), own=own,
            taken=torch.cat([self.taken, chosen * self.is_on[:, None]], 1),
            shares=F.pad(self.shares, (0, 1)).addcmul_(vector, length[:, None]),
            basis=torch.cat([F.pad(self.basis, (0, 1)), vector[:, None]], 1),
        )  # fmt: skip

    def _orthonormal(self, chosen: Tensor, gram: Tensor) -> Tensor:
        """Gram and Schmidt: return the next vector ``(n, m + 1)``: zero where the chosen atom adds nothing."""
        products = (self.basis * gram[self.taken, chosen][:, None]).sum(2)
        left = 1.0 - products.square().sum(1, keepdim=True)
        norm = torch.where(left > _DEPENDENT, left.clamp(min=_DEPENDENT).rsqrt(), 0.0)
        return torch.cat([(products[:, :, None] * self.basis).sum(1) * -norm, norm], 1)


def _begun(signals: Tensor, place: Tensor, atoms: Tensor) -> _Pursuit:
    some = signals.index_select(0, place)
    none = some.new_zeros(len(place), 0)
    return _Pursuit(
        place, some @ atoms.T, some.square().sum(1), torch.ones_like(place, dtype=torch.bool),
        none.long(), none, none, some.new_zeros(len(place), 0, 0),
    )  # fmt: skip


def _pursue(code: Code, going: _Pursuit, atoms: Tensor, gram: Tensor, energy: float, last: int) -> None:
    """Write the codes of some signals, in place."""
    for step in range(1, last + 1):
        code.counts[going.place] += going.is_on
        going = going.further(gram, energy)
        is_on = going.is_on if step < last else torch.zeros_like(going.is_on)
        rows = is_on.nonzero()[:, 0]
        if len(rows) > _LIVELY * len(is_on):
            continue
        ended = going.of((~is_on).nonzero()[:, 0])
        code.indices[ended.place, :step], code.coefficients[ended.place, :step] = ended.taken, ended.shares
        code.residuals[ended.place] -= _mixed(ended.taken, ended.shares, atoms)
        if not len(rows):
            return
        going = going.of(rows)


def _mixed(indices: Tensor, shares: Tensor, table: Tensor) -> Tensor:
    """Return sums ``(n, c)`` of rows of a table ``(K, c)``, as indices and shares ``(n, m)`` say."""
    if not indices.shape[1]:
        return table.new_zeros(len(indices), table.shape[1])
    if indices.is_cpu:
        return F.embedding_bag(indices, table, per_sample_weights=shares, mode="sum")
    return (shares[:, None] @ table[indices])[:, 0]


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
