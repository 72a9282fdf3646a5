"""The analysis model: a patch is known by the rows of an operator that it is orthogonal to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_CHUNK = 1024  # patches whose bases stay in a processor's cache
_DEPENDENT = 1e-3  # a row of unit length that is this close to the span of others adds nothing
_LOYALTY = 3.0  # noise variances that a new row must save for the old one to be left altogether


@dataclass(frozen=True)
class Cosparse:
    """What a pursuit has found for n patches."""

    estimates: Tensor
    """``(n, d)``: the patches less their parts along the rows of their cosupports."""
    dimensions: Tensor
    """``(n,)``: of the subspace that each estimate lies in."""
    cosupports: Tensor
    """``(n, p)`` bool: the rows that were taken."""


def backward_greedy(patches: Tensor, rows: Tensor, threshold: float, check: Callable[[], None]) -> Cosparse:
    """Return estimates orthogonal to as many rows as the noise explains (Rubinstein 2013, figure 2).

    The row that an estimate is most nearly orthogonal to is taken next, as in the paper. It ends at the first one
    whose own direction holds more than the threshold: the paper's bound on the whole error takes texture for noise in
    patches that have much of it, since those leave less of the noise behind.

    Parameters
    ----------
    patches : Tensor
        ``(n, d)``.
    rows : Tensor
        ``(p, d)``, of unit length.
    threshold : float
        In the units of the patches.
    check : callable
        Called often; may raise to stop.
    """
    parts = list[tuple[Tensor, Tensor, Tensor]]()
    for part in torch.split(patches, _CHUNK):
        check()
        parts.append(_pursue(part, rows, threshold))
    estimates, dimensions, cosupports = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return Cosparse(estimates, dimensions, cosupports)


def _pursue(patches: Tensor, rows: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    (n, size), device = patches.shape, patches.device
    estimates, dimensions = patches.clone(), torch.full((n,), size, device=device)
    cosupports = torch.zeros(n, len(rows), dtype=torch.bool, device=device)
    left, current, basis = torch.arange(n, device=device), patches, list[Tensor]()
    taken = patches.new_zeros(n, len(rows))  # infinite where a row has been taken
    for _ in range(size):
        if not len(left):
            break
        chosen = (current @ rows.T).abs_().add_(taken).argmin(1)
        fresh = _orthonormal(rows.index_select(0, chosen), basis)
        part = (fresh * current).sum(1, keepdim=True)
        on = (part[:, 0].abs() <= threshold).nonzero()[:, 0]
        left, fresh, chosen, taken = left[on], fresh[on], chosen[on], taken[on]
        current = current[on].addcmul(fresh, part[on], value=-1.0)
        taken.scatter_(1, chosen[:, None], torch.inf)
        basis = [vector[on] for vector in basis] + [fresh]
        estimates[left] = current
        cosupports[left, chosen] = True
        dimensions[left] -= fresh.any(1).long()
    return estimates, dimensions, cosupports


def _orthonormal(fresh: Tensor, basis: list[Tensor]) -> Tensor:
    """Gram and Schmidt; a row without a part of its own becomes zero."""
    for vector in basis:
        fresh = fresh.addcmul_(vector, (vector * fresh).sum(1, keepdim=True), value=-1.0)
    norm = fresh.norm(dim=1, keepdim=True)
    return fresh.mul_(torch.where(norm > _DEPENDENT, norm.reciprocal(), 0.0))


def update_rows(rows: Tensor, patches: Tensor, cosupports: Tensor, noise_std: float) -> Tensor:
    """Return every row moved to where the patches that it was taken for hold least (Rubinstein 2013, eq. 16).

    In noisy patches many directions hold little more than noise, and the least of them is chance. A row moves only
    so far as that saves more than noise could: its old direction counts as `_LOYALTY` noise variances less.

    Parameters
    ----------
    rows : Tensor
        ``(p, d)``, of unit length and of mean zero.
    patches : Tensor
        ``(n, d)``, less their means.
    cosupports : Tensor
        ``(n, p)`` bool.
    noise_std : float
        In the units of the patches.
    """
    size = rows.shape[1]
    mean = torch.full((size, size), 1e6 / size, dtype=torch.float64)  # no row may become the mean: it holds nothing
    moved = rows.clone()
    for index, (row, members) in enumerate(zip(rows, cosupports.T, strict=True)):
        mine = patches[members]
        if len(mine) > 2 * size:
            energy = (mine.T @ mine).cpu().double() / (len(mine) * noise_std**2)
            old = row.cpu().double()
            moved[index] = torch.linalg.eigh(energy + mean - _LOYALTY * torch.outer(old, old))[1][:, 0].to(rows)
    return moved
