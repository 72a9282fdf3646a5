"""Sparse coding: patches as sums of few atoms, of cosines or of a dictionary learnt from the photo.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. The code is the
sparsest within the noise (matching pursuit), or the Lasso's, whose coefficients are fitted once more without its
penalty. Patches of a colour photo hold all three channels; each channel's patch mean is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.dictionaries import learn_from_photo, photo_cosines
from desktop_app.numerics.noise import estimate_sigma, noise_report
from desktop_app.numerics.patches import restore_patches, without_means
from desktop_app.numerics.pursuit import lasso, noise_energy, omp_residuals
from plugins.restoration.sparse_coding.descriptor import PATCH, SparseParams

_NO_NOISE = 1e-3  # levels below which there is nothing to remove
_MOST_ATOMS = 32  # of a patch
_MOST_LEARNT = 16  # of a patch while learning
_ROUNDS = 20  # of learning
_LEARNING_GAIN = 1.15  # tolerance while learning, whatever solver follows
_REFIT = 8  # iterations after the Lasso, without its penalty


@dataclass(frozen=True)
class Prepared:
    """What belongs to one whole photo."""

    sigma: float
    """Noise in 8-bit levels."""
    atoms: Tensor
    """``(K, C·64)`` of unit length."""


def prepare(images: Tensor, params: SparseParams, run: Run) -> list[Prepared]:
    """Return each photo's noise, as given or estimated, and its dictionary."""
    with torch.no_grad():
        return [_prepare(image.detach(), params, run) for image in images]


def _prepare(image: Tensor, params: SparseParams, run: Run) -> Prepared:
    sigma = estimate_sigma(image, run.check) if params.sigma is None else params.sigma
    atoms = photo_cosines(PATCH, len(image)).to(image)
    if sigma < _NO_NOISE or params.dictionary == "dct":
        return Prepared(sigma, atoms)
    energy = noise_energy(sigma / 255.0, _LEARNING_GAIN, atoms.shape[1])
    learnt = learn_from_photo(image, PATCH, atoms, energy=energy, most=_MOST_LEARNT, rounds=_ROUNDS, check=run.check)
    return Prepared(sigma, learnt)


def run(images: Tensor, params: SparseParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    params : SparseParams
        Noise, solver and dictionary.
    run : Run
        Its ``prepared`` holds every photo's noise and dictionary.
    """
    prepared: list[Prepared] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, one, params, run) for image, one in zip(images, prepared, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[noise_report(one.sigma, params.sigma) for one in prepared],
    )


def _denoise(image: Tensor, prepared: Prepared, params: SparseParams, run: Run) -> Tensor:
    if prepared.sigma < _NO_NOISE:
        return image.clone()
    solver = _solver(prepared, params)
    code = partial(_code, solver, len(image), run)
    restored = restore_patches(image, PATCH, code, told=partial(run.progress, message="coding patches"))
    run.check()
    return restored


def _solver(prepared: Prepared, params: SparseParams) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Return what maps patches to what is left of them and how many atoms they took."""
    noise_std = prepared.sigma / 255.0
    if params.solver == "omp":
        energy = noise_energy(noise_std, params.gain, prepared.atoms.shape[1])
        return partial(omp_residuals, atoms=prepared.atoms, energy=energy, most=_MOST_ATOMS)
    return partial(_lasso_residuals, prepared.atoms, params.penalty * noise_std, params.iterations)


def _lasso_residuals(atoms: Tensor, penalty: float, iterations: int, signals: Tensor) -> tuple[Tensor, Tensor]:
    codes = lasso(signals, atoms, penalty, iterations, _REFIT)
    return signals - codes @ atoms, (codes != 0).sum(1)


def _code(
    solver: Callable[[Tensor], tuple[Tensor, Tensor]], channels: int, run: Run, patches: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what few atoms make of patches, and weights: a patch of fewer atoms holds less noise."""
    run.check()
    textures, _ = without_means(patches, channels)
    residuals, counts = solver(textures)
    return patches - residuals, (1.0 + counts).reciprocal()
