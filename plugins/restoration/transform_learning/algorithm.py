"""Transform learning: a square, well-conditioned W that makes the photo's own patches sparse.

Inverts ``y = x + e`` with white Gaussian noise e of standard deviation σ, equal in all channels. Where a dictionary
seeks a code for every patch, a transform has it by one product and a threshold. Colours are denoised in an orthonormal
opponent space, lightness and each colour with a transform of its own: the noise stays white there, and most of the
photo gathers in one plane.
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
from desktop_app.numerics.parallel import on_one_thread
from desktop_app.numerics.patches import restore_patches, sample_patches, without_means
from plugins.restoration.transform_learning.descriptor import TransformLearningParams

_NO_NOISE = 1e-3  # levels below which there is nothing to remove
_SAMPLE = 40000  # patches learnt from
_CONDITIONING = 0.1  # λ0: how much a well-conditioned W counts beside a sparse one


@dataclass(frozen=True)
class Learnt:
    """What belongs to one whole photo."""

    sigma: float
    """Noise in 8-bit levels."""
    transforms: list[Tensor]
    """One ``(d, d)`` for each plane in opponent space."""


def prepare(images: Tensor, params: TransformLearningParams, run: Run) -> list[Learnt]:
    """Return each photo's noise, as given or estimated, and the transforms of its planes."""
    with torch.no_grad():
        return [_learn(image.detach(), params, run) for image in images]


def _learn(image: Tensor, params: TransformLearningParams, run: Run) -> Learnt:
    sigma = estimate_sigma(image, run.check) if params.sigma is None else params.sigma
    cosines = overcomplete_dct(params.patch_size, params.patch_size).to(image)
    if sigma < _NO_NOISE:
        return Learnt(sigma, [cosines] * len(image))
    patches = [
        without_means(sample_patches(pad_to_grid(plane[None], params.patch_size, 1), params.patch_size, _SAMPLE), 1)[0]
        for plane in to_opponent(image)
    ]
    threshold = params.threshold * sigma / 255.0
    learn = [partial(learn_transform, one, cosines, threshold, params.rounds, run) for one in patches]
    return Learnt(sigma, [on_one_thread(one, image.device) for one in learn])


def learn_transform(patches: Tensor, transform: Tensor, threshold: float, rounds: int, run: Run) -> Tensor:
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
    run : Run
        Asked whether to go on.
    """
    penalty = _CONDITIONING * float(patches.square().sum())
    if penalty == 0.0:
        return transform
    covariance = (patches.T @ patches).cpu().double()
    covariance.diagonal().add_(penalty / 2.0)
    inverse_root = torch.linalg.inv(torch.linalg.cholesky(covariance))  # L⁻¹ of arXiv:1501.02859, section II-B2
    for _ in range(rounds):
        run.check()
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
    """Denoise photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept, and should be.
    params : TransformLearningParams
        Noise, threshold, patch and rounds of learning.
    run : Run
        Its ``prepared`` holds every photo's noise and transforms.
    """
    learnt: list[Learnt] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, one, params, run) for image, one in zip(images, learnt, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[noise_report(one.sigma, params.sigma) for one in learnt],
    )


def _denoise(image: Tensor, learnt: Learnt, params: TransformLearningParams, run: Run) -> Tensor:
    if learnt.sigma < _NO_NOISE:
        return image.clone()
    planes, threshold = list[Tensor](), params.threshold * learnt.sigma / 255.0
    for plane, transform in zip(to_opponent(image), learnt.transforms, strict=True):
        filtered = partial(_filter, transform, torch.linalg.inv(transform), threshold, run)
        told = partial(_tell, run, len(planes), len(image))
        planes.append(restore_patches(plane[None], params.patch_size, filtered, told=told)[0])
    run.check()
    return from_opponent(torch.stack(planes))


def _tell(run: Run, index: int, count: int, done: float) -> None:
    run.progress((index + done) / count, "filtering patches")


def _filter(transform: Tensor, inverse: Tensor, threshold: float, run: Run, patches: Tensor) -> tuple[Tensor, Tensor]:
    """Return patches without their weak components, and weights: the fewer are left, the less noise is left."""
    run.check()
    textures, means = without_means(patches, 1)
    codes, counts = sparsify(textures, transform, threshold)
    return codes @ inverse.T + means, (1.0 + counts).reciprocal()
