"""Transform learning: a square, well-conditioned W that makes the photo's own patches sparse.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. Where a dictionary
seeks a code for every patch, a transform has it by one product and a threshold. Lightness and each opponent colour have
a transform of their own.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.dictionaries import overcomplete_dct
from desktop_app.numerics.opponent import to_opponent
from desktop_app.numerics.parallel import on_one_thread
from desktop_app.numerics.patches import without_means
from plugins.restoration.common.patch_models import Code, Coding, Learnt, learnt_from, recoded, textures_of
from plugins.restoration.common.progress import Told, share_of
from plugins.restoration.transform_learning.descriptor import TransformLearningParams

_SAMPLE = 40000  # patches learnt from
_EFFORT = 40000.0  # pixels of rebuilding that a round of it takes as long as
_CONDITIONING = 0.1  # λ0: how much a well-conditioned W counts beside a sparse one


def prepare(images: Tensor, params: TransformLearningParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and its planes' transforms ``(d, d)``."""
    patch = params.patch_size

    def learn(image: Tensor, sigma: float, told: Told) -> list[Tensor]:
        cosines, threshold = overcomplete_dct(patch, patch).to(image), params.threshold * sigma / 255.0
        textures = [textures_of(plane, patch, _SAMPLE) for plane in to_opponent(image)]
        work = [
            partial(learn_transform, one, cosines, threshold, params.rounds, share_of(told, index, len(textures)))
            for index, one in enumerate(textures)
        ]
        return [on_one_thread(one, image.device) for one in work]

    return learnt_from(images, params, run, learn, _EFFORT * params.rounds)


def learn_transform(patches: Tensor, transform: Tensor, threshold: float, rounds: int, told: Told) -> Tensor:
    """Return a transform ``(d, d)`` under which patches are nearly sparse.

    Alternates between codes X, what of ``W Y`` is above the threshold of its row, and the W that minimises
    ``‖W Y − X‖² + λ(‖W‖²/2 − log |det W|)`` in closed form.

    Parameters
    ----------
    patches : Tensor
        Y as ``(n, d)``.
    transform : Tensor
        ``(d, d)`` to begin with.
    threshold : float
        η for a row of W of unit length.
    rounds : int
        Alternations.
    told : callable
        Hears how far the work is (0–1); may raise to stop.
    """
    penalty = _CONDITIONING * float(patches.square().sum())
    if penalty == 0.0:
        return transform
    covariance = (patches.T @ patches).cpu().double()
    covariance.diagonal().add_(penalty / 2.0)
    inverse_root = torch.linalg.inv(torch.linalg.cholesky(covariance))  # L⁻¹ of arXiv:1501.02859, section II-B2
    for index in range(rounds):
        told(index / rounds)
        codes, _ = sparsify(patches, transform, threshold)
        q, s, r = torch.linalg.svd(inverse_root @ (patches.T @ codes).cpu().double())
        s = 0.5 * (s + (s.square() + 2.0 * penalty).sqrt())  # eq. 6
        transform = ((r.T * s) @ q.T @ inverse_root).to(patches)
    return transform


def sparsify(patches: Tensor, transform: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """Return the strong components ``(n, d)`` of patches, the others zero (eq. 4), and how many they are ``(n,)``."""
    codes = patches @ transform.T
    strong = codes.abs() > threshold * transform.norm(dim=1)
    return codes.mul_(strong), strong.sum(1)


def run(images: Tensor, params: TransformLearningParams, run: Run) -> Result:
    """Denoise photos.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    """

    def code(transform: Tensor, noise_std: float, _: int) -> Code:
        return partial(_filter, transform, torch.linalg.inv(transform), params.threshold * noise_std, run)

    return recoded(images, params, run, Coding(params.patch_size, "filtering patches", code))


def _filter(transform: Tensor, inverse: Tensor, threshold: float, run: Run, patches: Tensor) -> tuple[Tensor, Tensor]:
    """Return patches without their weak components, and weights: the fewer are left, the less noise is left."""
    run.check()
    textures, means = without_means(patches, 1)
    codes, counts = sparsify(textures, transform, threshold)
    return codes @ inverse.T + means, (1.0 + counts).reciprocal()
