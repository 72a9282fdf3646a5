"""A blur that changes over the photo, as a sum of few uniform ones, and deconvolution with it.

Light reaches pixel p through a kernel of its own, ``y(p) = Σ_d K_p(d) x(p - d)``. Neighbouring kernels are alike, so
that a few kernels, each with an amount for every pixel, make all of them: ``y = Σ_i a_i · (B_i ⊗ x)``. Tiles with one
kernel each would not do: within a tile the blur already changes by more than an inverse filter forgives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.deconvolution import SparsePrior, alternate, difference_power, regularised_inverse
from desktop_app.numerics.fourier import Frame, filtered, image_of, spectrum_of, transfer_function

_ENERGY = 1e-4  # share of all kernels' squares that may be left out
_MOST_PARTS = 24  # uniform blurs of a field
_SPARE_PARTS = 8  # of which the search keeps track as well, so that the last ones it wants come out exact
_PART_STEPS = 4  # of that search; the strengths of the parts fall off steeply
_SOLVER_STEPS = 2  # of conjugate gradients between two looks at the prior


@dataclass(frozen=True)
class BlurField:
    """A kernel for every pixel of a photo.

    Parameters
    ----------
    frame : Frame
        Around the photo.
    transfers : tuple of Tensor
        Transfer functions ``(H', W' // 2 + 1)`` of the parts.
    amounts : Tensor
        ``(parts, rows, columns)`` on a grid over the photo, interpolated in between.
    mean : Tensor
        ``(k, k)``, the average kernel.
    check : callable
        Called between transforms; may raise to stop.
    """

    frame: Frame
    transfers: tuple[Tensor, ...]
    amounts: Tensor
    mean: Tensor
    check: Callable[[], None]

    @classmethod
    def of(cls, plane: Tensor, kernels: Tensor, check: Callable[[], None]) -> BlurField:
        """Return the field of kernels ``(rows, columns, k, k)``, centred in cells that share a plane ``(H, W)``."""
        rows, columns, *side = kernels.shape
        amounts, parts = strongest_parts(kernels.reshape(rows * columns, -1), check)
        mean = kernels.mean((0, 1))
        frame = Frame.for_inverse(plane, mean)
        transfers = tuple(transfer_function(part.view(*side), frame.size) for part in parts)
        return cls(frame, transfers, amounts.T.reshape(-1, rows, columns), mean, check)

    def blur(self, latent: Tensor) -> Tensor:
        """Return the photo ``(H, W)`` of a sharp one ``(H', W')`` in the frame."""
        spectrum = spectrum_of(latent)
        total = latent.new_zeros(self.frame.height, self.frame.width)
        for transfer, amount in self._parts():
            total.addcmul_(amount, self.frame.crop(filtered(spectrum, transfer, self.frame.size)))
        return total

    def adjoint(self, photo: Tensor) -> Tensor:
        """Return ``(H', W')``: the transposed blur of a photo ``(H, W)``."""
        total = torch.zeros_like(self.transfers[0])
        for transfer, amount in self._parts():
            laid = photo.new_zeros(self.frame.size)
            self.frame.crop(laid).copy_(amount * photo)
            total.addcmul_(transfer.conj(), spectrum_of(laid))
        return image_of(total, self.frame.size)

    def _parts(self) -> list[tuple[Tensor, Tensor]]:
        size = (self.frame.height, self.frame.width)
        parts = []
        for transfer, amount in zip(self.transfers, self.amounts, strict=True):
            self.check()
            parts.append((transfer, F.interpolate(amount[None, None], size, mode="bilinear")[0, 0]))
        return parts


def strongest_parts(kernels: Tensor, check: Callable[[], None]) -> tuple[Tensor, Tensor]:
    """Return amounts ``(cells, parts)`` and parts ``(parts, pixels)`` whose product is the kernels, as good as.

    The leading part of a singular value decomposition, by subspace iteration from kernels spread over the cells: the
    whole of it would take seconds for long kernels, without a moment to stop it.

    Parameters
    ----------
    kernels : Tensor
        ``(cells, pixels)``.
    check : callable
        Called in every step; may raise to stop.
    """
    count = min(len(kernels), kernels.shape[1], _MOST_PARTS + _SPARE_PARTS)
    basis = kernels[torch.linspace(0, len(kernels) - 1, count).long()].T
    for _ in range(_PART_STEPS):
        check()
        basis = torch.linalg.qr(kernels.T @ (kernels @ torch.linalg.qr(basis).Q)).Q
    left, strengths, right = torch.linalg.svd(kernels @ basis, full_matrices=False)
    energies = strengths.square()
    left_out = kernels.square().sum() - energies.cumsum(0) + energies
    wanted = min(max(1, int((left_out > _ENERGY * kernels.square().sum()).sum())), _MOST_PARTS)
    return left[:, :wanted] * strengths[:wanted], right[:wanted] @ basis.T


def deconvolve_field(
    plane: Tensor, field: BlurField, prior: SparsePrior, iterations: int, progress: Callable[[float], None]
) -> Tensor:
    """Return a plane ``(H, W)`` sharpened with a field of kernels and a sparse prior; the data end at its border.

    The plane's step has no closed form in frequencies here; a few conjugate gradients take its place, preconditioned
    with that of the mean kernel (Whyte 2012, section 6, has them within reweighted least squares). Progress is told
    several times an iteration, as the share done.
    """
    frame, held = field.frame, prior.weight * prior.penalty
    transfer = transfer_function(field.mean, frame.size)
    inverse = regularised_inverse(transfer, frame.size, held, prior)
    stiffness = difference_power(frame.size, prior, plane.device).mul_(held)
    data = field.adjoint(plane)

    def apply(latent: Tensor) -> Tensor:
        bent = filtered(spectrum_of(latent), stiffness, frame.size)
        return bent.add_(field.adjoint(field.blur(latent)))

    def solve(target: Tensor, latent: Tensor, check: Callable[[], None]) -> Tensor:
        check()
        return _improved(latent, data + held * target, apply, lambda r: filtered(spectrum_of(r), inverse, frame.size))

    start = frame.soften(plane, frame.lay(plane), transfer)
    latent = alternate(start, prior, iterations, solve, progress)
    return frame.crop(latent).clone()


def _improved(
    start: Tensor, right: Tensor, apply: Callable[[Tensor], Tensor], precondition: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return `start` after some steps of conjugate gradients towards ``apply(x) = right``."""
    latent, residual = start, right - apply(start)
    direction = precondition(residual)
    energy = (residual * direction).sum()
    for step in range(_SOLVER_STEPS):
        product = apply(direction)
        length = energy / (direction * product).sum().clamp_min(1e-30)
        latent = latent + length * direction
        if step + 1 < _SOLVER_STEPS:
            residual = residual - length * product
            better = precondition(residual)
            before, energy = energy, (residual * better).sum()
            direction = better + energy / before.clamp_min(1e-30) * direction
    return latent
