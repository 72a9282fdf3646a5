"""Analysis K-SVD: an operator whose rows are what the photo's patches do not contain.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. A clean patch is
orthogonal to many rows; what the noisy one holds along them is noise. Colours are denoised in an orthonormal opponent
space, lightness and each colour with an operator of its own: the noise stays white there, and most of the photo gathers
in one plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import pad_to_grid
from desktop_app.numerics.colour import from_opponent, to_opponent
from desktop_app.numerics.dictionaries import overcomplete_dct
from desktop_app.numerics.noise import estimate_sigma, noise_report
from desktop_app.numerics.parallel import in_parallel, on_one_thread
from desktop_app.numerics.patches import restore_patches, sample_patches, without_means
from desktop_app.numerics.pursuit import noise_energy
from plugins.restoration.analysis_ksvd.cosparse import Cosparse, backward_greedy, update_rows
from plugins.restoration.analysis_ksvd.descriptor import PATCH, AnalysisKsvdParams

_NO_NOISE = 1e-3  # levels below which there is nothing to remove
_SAMPLE = 12000  # patches looked at for learning
_PART = 1024  # of them to a thread at a time
_GAIN = 1.15  # below this energy (as of `noise_energy`) a patch is flat


@dataclass(frozen=True)
class Learnt:
    """What belongs to one whole photo."""

    sigma: float
    """Noise in 8-bit levels."""
    operators: list[Tensor]
    """One ``(p, d)`` for each plane in opponent space, rows of unit length."""


def prepare(images: Tensor, params: AnalysisKsvdParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and the operators of its planes."""
    with torch.no_grad():
        return [_learn(image.detach(), params, run) for image in images]


def _learn(image: Tensor, params: AnalysisKsvdParams, run: Run) -> Learnt:
    sigma = estimate_sigma(image, run.check) if params.sigma is None else params.sigma
    rows = overcomplete_dct(PATCH, PATCH)[1:].to(image)
    if sigma < _NO_NOISE:
        return Learnt(sigma, [rows] * len(image))
    return Learnt(sigma, [_learn_operator(plane, rows, sigma / 255.0, params, run) for plane in to_opponent(image)])


def _learn_operator(plane: Tensor, rows: Tensor, noise_std: float, params: AnalysisKsvdParams, run: Run) -> Tensor:
    patches, _ = without_means(sample_patches(pad_to_grid(plane[None], PATCH, 1), PATCH, _SAMPLE), 1)
    patches = patches[patches.square().sum(1) > noise_energy(noise_std, _GAIN, PATCH**2)]
    for _ in range(params.rounds if len(patches) else 0):
        pursue = partial(backward_greedy, rows=rows, threshold=params.threshold * noise_std, check=run.check)
        found: list[Cosparse] = list(in_parallel(pursue, torch.split(patches, _PART), plane.device))
        cosupports = torch.cat([part.cosupports for part in found])
        run.check()
        rows = on_one_thread(partial(update_rows, rows, patches, cosupports, noise_std), plane.device)
    return rows


def run(images: Tensor, params: AnalysisKsvdParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    params : AnalysisKsvdParams
        Noise, threshold and rounds of learning.
    run : Run
        Its ``prepared`` holds every photo's noise and operators.
    """
    learnt: list[Learnt] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, one, params, run) for image, one in zip(images, learnt, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[noise_report(one.sigma, params.sigma) for one in learnt],
    )


def _denoise(image: Tensor, learnt: Learnt, params: AnalysisKsvdParams, run: Run) -> Tensor:
    if learnt.sigma < _NO_NOISE:
        return image.clone()
    planes, noise_std = list[Tensor](), learnt.sigma / 255.0
    for plane, rows in zip(to_opponent(image), learnt.operators, strict=True):
        code = partial(_code, rows, noise_std, params.threshold, run)
        told = partial(_tell, run, len(planes), len(image))
        planes.append(restore_patches(plane[None], PATCH, code, told=told)[0])
    run.check()
    return from_opponent(torch.stack(planes))


def _tell(run: Run, index: int, count: int, done: float) -> None:
    run.progress((index + done) / count, "comparing patches with what they may not contain")


def _code(rows: Tensor, noise_std: float, threshold: float, run: Run, patches: Tensor) -> tuple[Tensor, Tensor]:
    """Return patches without what is noise, and weights: in fewer dimensions less noise is left."""
    run.check()
    textures, means = without_means(patches, 1)
    busy = (textures.square().sum(1) > noise_energy(noise_std, _GAIN, PATCH**2)).nonzero()[:, 0]
    restored, dimensions = means.clone(), torch.ones(len(patches), device=patches.device)
    if len(busy):
        found = backward_greedy(textures[busy], rows, threshold * noise_std, run.check)
        restored[busy] += found.estimates
        dimensions[busy] = found.dimensions.to(dimensions)  # the mean is one of them
    return restored, dimensions.clamp_(min=1.0).reciprocal_()
