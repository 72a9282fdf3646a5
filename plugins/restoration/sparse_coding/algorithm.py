"""Sparse coding: patches as sums of few atoms, of cosines or of a dictionary learnt from the photo.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. The code is the
sparsest within the noise (matching pursuit), or the Lasso's, whose coefficients are fitted once more without its
penalty. Patches of a colour photo hold all three channels; each channel's patch mean is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.dictionaries import learn_from_photo, photo_cosines
from desktop_app.numerics.patches import without_means
from desktop_app.numerics.pursuit import lasso, noise_energy, omp
from plugins.restoration.common.patch_models import Code, Coding, Learnt, learnt_from, recoded
from plugins.restoration.common.progress import Told
from plugins.restoration.sparse_coding.descriptor import PATCH, SparseParams

_MOST_ATOMS = 32  # of a patch
_MOST_LEARNT = 16  # of a patch while learning
_ROUNDS = 20  # of learning
_EFFORT = 500000.0  # pixels of rebuilding that they take as long as
_LEARNING_GAIN = 1.15  # tolerance while learning, whatever solver follows
_REFIT = 8  # iterations after the Lasso, without its penalty


def prepare(images: Tensor, params: SparseParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and its dictionary ``(K, C·64)``, atoms of unit length."""

    def learn(image: Tensor, sigma: float, told: Told) -> list[Tensor]:
        atoms = photo_cosines(PATCH, len(image)).to(image)
        if params.dictionary == "dct":
            return [atoms]
        energy = noise_energy(sigma / 255.0, _LEARNING_GAIN, atoms.shape[1])
        return [learn_from_photo(image, PATCH, atoms, energy=energy, most=_MOST_LEARNT, rounds=_ROUNDS, told=told)]

    return learnt_from(images, params, run, learn, _EFFORT if params.dictionary == "learnt" else 0.0)


def run(images: Tensor, params: SparseParams, run: Run) -> Result:
    """Denoise photos.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    """

    def code(atoms: Tensor, noise_std: float, channels: int) -> Code:
        return partial(_code, _solver(atoms, noise_std, params), channels, run)

    return recoded(images, params, run, Coding(PATCH, "coding patches", code))


def _solver(atoms: Tensor, noise_std: float, params: SparseParams) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Return what maps patches to what is left of them and how many atoms they took."""
    if params.solver == "omp":
        energy = noise_energy(noise_std, params.gain, atoms.shape[1])
        return partial(_pursuit_residuals, atoms, energy)
    return partial(_lasso_residuals, atoms, params.penalty * noise_std, params.iterations)


def _pursuit_residuals(atoms: Tensor, energy: float, signals: Tensor) -> tuple[Tensor, Tensor]:
    code = omp(signals, atoms, energy, _MOST_ATOMS)
    return code.residuals, code.counts


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
