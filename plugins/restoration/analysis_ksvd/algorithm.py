"""Analysis K-SVD: an operator whose rows are what the photo's patches do not contain.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. A clean patch is
orthogonal to many rows; what the noisy one holds along them is noise. Lightness and each opponent colour have an
operator of their own.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.dictionaries import overcomplete_dct
from desktop_app.numerics.opponent import to_opponent
from desktop_app.numerics.parallel import in_parallel, on_one_thread
from desktop_app.numerics.patches import without_means
from desktop_app.numerics.pursuit import noise_energy
from plugins.restoration.analysis_ksvd.cosparse import Cosparse, backward_greedy, update_rows
from plugins.restoration.analysis_ksvd.descriptor import PATCH, AnalysisKsvdParams
from plugins.restoration.common.patch_models import Code, Coding, Learnt, learnt_from, recoded, textures_of
from plugins.restoration.common.progress import Told, share_of

_SAMPLE = 12000  # patches looked at for learning
_EFFORT = 30000.0  # pixels of rebuilding that a round of it takes as long as
_PART = 1024  # of them to a thread at a time
_GAIN = 1.15  # below this energy (as of `noise_energy`) a patch is flat


def prepare(images: Tensor, params: AnalysisKsvdParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and its planes' operators ``(p, d)``, rows of unit length."""

    def learn(image: Tensor, sigma: float, told: Told) -> list[Tensor]:
        rows, planes = overcomplete_dct(PATCH, PATCH)[1:].to(image), to_opponent(image)
        return [
            _learn_operator(plane, rows, sigma / 255.0, params, share_of(told, index, len(planes)))
            for index, plane in enumerate(planes)
        ]

    return learnt_from(images, params, run, learn, _EFFORT * params.rounds)


def _learn_operator(plane: Tensor, rows: Tensor, noise_std: float, params: AnalysisKsvdParams, told: Told) -> Tensor:
    patches = textures_of(plane, PATCH, _SAMPLE)
    patches = patches[patches.square().sum(1) > noise_energy(noise_std, _GAIN, PATCH**2)]
    for index in range(params.rounds if len(patches) else 0):
        check = partial(told, index / params.rounds)
        pursue = partial(backward_greedy, rows=rows, threshold=params.threshold * noise_std, check=check)
        found: list[Cosparse] = list(in_parallel(pursue, torch.split(patches, _PART), plane.device))
        cosupports = torch.cat([part.cosupports for part in found])
        check()
        rows = on_one_thread(partial(update_rows, rows, patches, cosupports, noise_std), plane.device)
    return rows


def run(images: Tensor, params: AnalysisKsvdParams, run: Run) -> Result:
    """Denoise photos.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    """

    def code(rows: Tensor, noise_std: float, _: int) -> Code:
        return partial(_code, rows, noise_std, params.threshold, run)

    return recoded(images, params, run, Coding(PATCH, "comparing patches with what they may not contain", code))


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
