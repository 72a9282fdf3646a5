"""K-SVD denoising: patches are sums of few atoms of a dictionary that the noisy photo itself has taught.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. Patches of a colour
photo hold all three channels (Mairal 2008), so that an edge is coded once. Each patch's mean is kept channel by
channel, which does for colours what Mairal's weighted inner product is for: none is washed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.dictionaries import learn_from_photo, photo_cosines
from desktop_app.numerics.noise import estimate_sigma, noise_report
from desktop_app.numerics.patches import restore_patches, without_means
from desktop_app.numerics.pursuit import noise_energy, omp_residuals
from plugins.restoration.ksvd.descriptor import PATCH, KsvdParams

_NO_NOISE = 1e-3  # levels below which there is nothing to remove
_MOST_ATOMS = 32  # of a patch
_MOST_LEARNT = 16  # of a patch while learning
_LOYALTY = 30.0  # levels: λσ of Elad 2006, section IV


@dataclass(frozen=True)
class Learnt:
    """What belongs to one whole photo."""

    sigma: float
    """Noise in 8-bit levels."""
    atoms: Tensor
    """``(K, C·64)`` of unit length."""


def prepare(images: Tensor, params: KsvdParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and its dictionary."""
    with torch.no_grad():
        return [_learn(image.detach(), params, run) for image in images]


def _learn(image: Tensor, params: KsvdParams, run: Run) -> Learnt:
    sigma = estimate_sigma(image, run.check) if params.sigma is None else params.sigma
    atoms = photo_cosines(PATCH, len(image)).to(image)
    if sigma < _NO_NOISE or params.rounds == 0:
        return Learnt(sigma, atoms)
    energy = noise_energy(sigma / 255.0, params.gain, atoms.shape[1])
    learnt = learn_from_photo(
        image, PATCH, atoms, energy=energy, most=_MOST_LEARNT, rounds=params.rounds, check=run.check
    )
    return Learnt(sigma, learnt)


def run(images: Tensor, params: KsvdParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    params : KsvdParams
        Noise, tolerance and rounds of learning.
    run : Run
        Its ``prepared`` holds every photo's noise and dictionary.
    """
    learnt: list[Learnt] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, one, params, run) for image, one in zip(images, learnt, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[noise_report(one.sigma, params.sigma) for one in learnt],
    )


def _denoise(image: Tensor, learnt: Learnt, params: KsvdParams, run: Run) -> Tensor:
    if learnt.sigma < _NO_NOISE:
        return image.clone()
    energy = noise_energy(learnt.sigma / 255.0, params.gain, learnt.atoms.shape[1])
    code = partial(_code, learnt.atoms, energy, len(image), run)
    told = partial(run.progress, message="coding patches")
    restored = restore_patches(image, PATCH, code, loyalty=_LOYALTY / learnt.sigma, told=told)
    run.check()
    return restored


def _code(atoms: Tensor, energy: float, channels: int, run: Run, patches: Tensor) -> tuple[Tensor, None]:
    """Return what few atoms make of patches: eq. 6; `restore_patches` averages them as eq. 8 does."""
    run.check()
    textures, _ = without_means(patches, channels)
    residuals, _ = omp_residuals(textures, atoms, energy, _MOST_ATOMS)
    return patches - residuals, None
