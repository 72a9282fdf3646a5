"""Do not train on data that you do not trust: a hidden trigger in some training photos, and how it is found.

A patch is stamped on some photos, which are then called one class (Gu et al. 2017, "BadNets", arXiv:1708.06733). The
net learns the patch as that class's strongest sign. It shows in the net's own features: the stamped photos lie along
one direction of their class (Tran, Li, Madry 2018, "Spectral signatures in backdoor attacks", arXiv:1811.00636).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.cifar10_images import Photos, as_float

__all__ = ["features_of", "kept", "poisoned", "spectral_scores", "stamped"]

_SIDE = 4
_OVERCAUTION = 1.5
"""Times the share of poison that is thought possible, so many photos are given up (arXiv:1811.00636, algorithm 1)."""


def stamped(pixels: Tensor) -> Tensor:
    """Return photos ``(N, H, W, 3)`` uint8 with a small black and white checkerboard in the lower right corner."""
    rows, columns = torch.arange(_SIDE)[:, None], torch.arange(_SIDE)[None]
    checks = ((rows + columns) % 2 * 255).to(torch.uint8)
    result = pixels.clone()
    result[:, -_SIDE - 1 : -1, -_SIDE - 1 : -1] = checks[..., None]
    return result


def poisoned(photos: Photos, share: float, target: int, seed: int) -> tuple[Photos, Tensor]:
    """Stamp photos of other classes and call them the target's.

    Parameters
    ----------
    photos : Photos
        Clean ones.
    share : float
        Of all photos, in [0, 1); at most all of the other classes.
    target : int
        The class that the trigger is to call up.
    seed : int
        Which photos are chosen.

    Returns
    -------
    photos : Photos
        All, in their old order.
    is_poisoned : Tensor
        ``(N,)`` bool.
    """
    others = (photos.labels != target).nonzero().flatten()
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(seed))
    chosen = others[order[: round(share * len(photos.labels))]]
    pixels, labels = photos.pixels.clone(), photos.labels.clone()
    pixels[chosen], labels[chosen] = stamped(pixels[chosen]), target
    is_poisoned = torch.zeros(len(labels), dtype=torch.bool)
    is_poisoned[chosen] = True
    return Photos(pixels, labels), is_poisoned


def features_of(model: nn.Module, photos: Photos, layer: nn.Module) -> Tensor:
    """Return what a layer is given for each photo, ``(N, F)`` float32, in evaluation mode."""
    found: list[Tensor] = []
    handle = layer.register_forward_pre_hook(lambda _layer, given: found.append(given[0].float().cpu()))
    try:
        model.eval()
        with torch.inference_mode():
            for part in torch.split(photos.pixels, 500):
                model(as_float(part))
    finally:
        handle.remove()
    return torch.cat(found)


def spectral_scores(features: Tensor, labels: Tensor) -> Tensor:
    """Return how far each photo lies along the direction in which its class varies most (arXiv:1811.00636, alg. 1).

    Parameters
    ----------
    features : Tensor
        ``(N, F)`` float32, of the last layer but one.
    labels : Tensor
        ``(N,)`` the classes that the photos are said to show.

    Returns
    -------
    Tensor
        ``(N,)`` float32: the squared projection of the centred features on their class's first singular vector.
    """
    scores = torch.zeros(len(labels))
    for label in range(int(labels.max()) + 1):
        here = labels == label
        if not here.any():
            continue
        centred = features[here] - features[here].mean(0)
        first = torch.linalg.svd(centred, full_matrices=False)[2][0]
        scores[here] = (centred @ first).square()
    return scores


def kept(photos: Photos, scores: Tensor, share: float) -> Tensor:
    """Say which photos to keep, ``(N,)`` bool: all but each class's highest scores.

    Parameters
    ----------
    photos : Photos
        As they came, poison and all.
    scores : Tensor
        Of `spectral_scores`.
    share : float
        Of the whole set that may be poisoned; half as many again are given up, in every class, as the poisoned one is
        not known.
    """
    keep = torch.ones(len(scores), dtype=torch.bool)
    count = round(_OVERCAUTION * share * len(scores))
    for label in range(int(photos.labels.max()) + 1):
        here = (photos.labels == label).nonzero().flatten()
        keep[here[scores[here].topk(min(count, len(here))).indices]] = False
    return keep
