"""K-SVD denoising: patches are sums of few atoms of a dictionary that the noisy photo itself has taught.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. Patches of a colour
photo hold all three channels (Mairal 2008), so that an edge is coded once. Each patch's mean is kept channel by
channel, which does for colours what Mairal's weighted inner product is for: none is washed out.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.dictionaries import learn_from_photo, photo_cosines
from desktop_app.numerics.patches import without_means
from desktop_app.numerics.pursuit import noise_energy, omp
from plugins.restoration.common.patch_models import Code, Coding, Learnt, learnt_from, recoded
from plugins.restoration.common.progress import Told
from plugins.restoration.ksvd.descriptor import PATCH, KsvdParams

_MOST_ATOMS = 32  # of a patch
_MOST_LEARNT = 16  # of a patch while learning
_EFFORT = 25000.0  # pixels of rebuilding that a round of learning takes as long as
_LOYALTY = 30.0  # levels: λσ of Elad 2006, section IV


def prepare(images: Tensor, params: KsvdParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and its dictionary ``(K, C·64)``, atoms of unit length."""

    def learn(image: Tensor, sigma: float, told: Told) -> list[Tensor]:
        atoms = photo_cosines(PATCH, len(image)).to(image)
        energy = noise_energy(sigma / 255.0, params.gain, atoms.shape[1])
        rounds = params.rounds
        return [learn_from_photo(image, PATCH, atoms, energy=energy, most=_MOST_LEARNT, rounds=rounds, told=told)]

    return learnt_from(images, params, run, learn, _EFFORT * params.rounds)


def run(images: Tensor, params: KsvdParams, run: Run) -> Result:
    """Denoise photos.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    """

    def code(atoms: Tensor, noise_std: float, channels: int) -> Code:
        return partial(_code, atoms, noise_energy(noise_std, params.gain, atoms.shape[1]), channels, run)

    return recoded(images, params, run, Coding(PATCH, "coding patches", code, _LOYALTY))


def _code(atoms: Tensor, energy: float, channels: int, run: Run, patches: Tensor) -> tuple[Tensor, None]:
    """Return what few atoms make of patches: eq. 6; `restore_patches` averages them as eq. 8 does."""
    run.check()
    textures, _ = without_means(patches, channels)
    return patches - omp(textures, atoms, energy, _MOST_ATOMS).residuals, None
