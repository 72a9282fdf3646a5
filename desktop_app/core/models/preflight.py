"""What a classifier seems to want and to give: half of all wrong robustness figures come from not having asked.

A network with batch norm remembers how its first layer answered to its training photos; of the ways to prepare a photo
the one that comes nearest to that is what it was trained on. Of one without, it is the way in which its answers to
photos of different things are certain and different (the mutual information of photo and answer, times the certainty);
that tells less, and a verdict is given only where it is plain. A network that is nearly linear in its input's scale
grows certain with it, so ways whose answers are all but one are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api.errors import ParameterError, VerilensError
from desktop_app.core.faults import words_of
from desktop_app.core.models.measuring import sample_photo
from desktop_app.numerics.preparation import IMAGENET
from desktop_app.numerics.shares import are_shares

_PHOTOS = ("astronaut.jpg", "cat.png", "coffee.jpg", "camera.png")
_SIDE = 256  # pixels of the photos that it is asked about
_NEARER = 1.15  # how many times nearer to batch norm's statistics the best way must be than the photo as it is
_PLAINLY, _ABOUT = 0.3, 0.9  # the share of the best way's answers below which, and above which, there is a verdict
_SATURATED = 0.05  # of the largest entropy: answers below it are all but one


@dataclass(frozen=True)
class Way:
    """A way to prepare photos: what white is, what is taken off, what is divided by, and whether blue comes first."""

    title: str
    span: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    is_bgr: bool = False

    def __call__(self, photos: Tensor) -> Tensor:
        """Return photos ``(N, 3, H, W)`` of [0, 1] prepared in this way."""
        photos = photos.flip(1) if self.is_bgr else photos
        mean, std = (torch.tensor(part).view(1, 3, 1, 1) for part in (self.mean, self.std))
        return (photos * self.span - mean) / std


WAYS: Mapping[str, Way] = MappingProxyType({
    "none": Way("[0, 1] as it is"),
    "imagenet": Way("ImageNet's mean and deviation", 1.0, *IMAGENET),
    "half": Way("[-1, 1]", 1.0, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "255": Way("[0, 255] as it is", 255.0),
    "caffe": Way("[0, 255], blue first, less the mean", 255.0, (104.0, 117.0, 123.0), is_bgr=True),
})  # fmt: skip


def preflight(module: nn.Module) -> dict[str, Any]:
    """Ask a classifier about a few photos and return what was found.

    Parameters
    ----------
    module : nn.Module
        Photos ``(N, 3, H, W)`` in [0, 1] to logits ``(N, K)``, frozen and in eval mode.

    Returns
    -------
    dict
        ``outputs`` (how many), ``gives`` (logits or probabilities), ``normalisation`` (inside, missing or unclear),
        ``range``, ``best`` (the way that suits it best, a key of `WAYS`), ``rivals`` (those that suit it about as
        well), ``evidence``, and ``warnings``.

    Raises
    ------
    ParameterError
        If it fails, or does not answer with ``(N, K)`` finite numbers.
    """
    photos = _photos()
    with torch.no_grad():
        answer = _first_answer(module, photos[:2])
        if answer.ndim != 2 or not bool(answer.isfinite().all()):
            raise ParameterError(f"expected a classifier's finite logits (N, K), got {tuple(answer.shape)}; it is no "
                                 "classifier, or its weights are damaged")
        distances = _distances_by_statistics(module, photos)
        evidence = "batch norm" if distances else "answers"
        if distances:
            (best, normalisation), rivals = _by_statistics(distances), []
        else:
            worths = {name: _worth(module(way(photos))) for name, way in WAYS.items()}
            best, normalisation = _by_answers(worths)
            rivals = [name for name in WAYS if name != best and worths[name] >= _ABOUT * max(worths.values())]
    gives = "probabilities" if are_shares(answer) else "logits"
    way = WAYS[best if normalisation == "missing" else "none"]
    found = {
        "outputs": answer.shape[1], "gives": gives, "normalisation": normalisation,
        "range": "[0, 255]" if way.span > 1 else "[0, 1]", "best": best, "rivals": rivals, "evidence": evidence,
    }
    return found | {"warnings": _warnings(found)}


def _first_answer(module: nn.Module, photos: Tensor) -> Tensor:
    try:
        answer: Tensor = module(photos)
    except VerilensError:
        raise
    except Exception as error:  # of other people's code
        raise ParameterError(f"expected a classifier of colour photos, got one that fails on some of {_SIDE}×{_SIDE} "
                             f"pixels ({words_of(error)}); it is another network, or its plugin has to resize "
                             "photos for it") from error
    return answer


def _warnings(found: Mapping[str, Any]) -> list[str]:
    said = []
    if found["gives"] == "probabilities":
        said.append("It gives probabilities where logits are expected: attacks on it would stall.")
    if found["normalisation"] == "missing":
        ways = " / ".join(WAYS[name].title for name in (found["best"], *found["rivals"]))
        said.append(f"It seems to want photos prepared otherwise ({ways}): every figure is off.")
    if found["normalisation"] == "unclear":
        said.append("Whether its normalisation is inside could not be told from its answers; check it with photos "
                    "whose classes you know, and say it with --normalisation where it is not.")
    return said


def _by_statistics(distances: Mapping[str, float]) -> tuple[str, str]:
    """Return the best way, and whether the photo as it is is about as good."""
    best = min(distances, key=lambda name: distances[name])
    if best == "none":
        return best, "inside"
    return best, "missing" if distances["none"] > _NEARER * distances[best] else "unclear"


def _by_answers(worths: Mapping[str, float]) -> tuple[str, str]:
    """Return the best way, ImageNet's where several are about as good, and what the photo as it is is against it."""
    most = max(worths.values())
    usual = ("none", "imagenet", *worths)
    best = next(name for name in usual if worths[name] >= _ABOUT * most)
    if best == "none":
        return best, "inside"
    return best, "missing" if worths["none"] < _PLAINLY * most else "unclear"


def _distances_by_statistics(module: nn.Module, photos: Tensor) -> dict[str, float]:
    """Return by way how far the first batch norm's input lies from what it remembers; empty without one."""
    norm = next((part for part in module.modules() if isinstance(part, nn.BatchNorm2d)), None)
    if norm is None or norm.running_mean is None or norm.running_var is None:
        return {}
    seen: list[Tensor] = []
    handle = norm.register_forward_pre_hook(lambda _part, given: seen.append(given[0]))
    try:
        distances = {}
        for name, way in WAYS.items():
            seen.clear()
            module(way(photos))
            if not seen or seen[0].ndim != 4 or seen[0].shape[1] != len(norm.running_mean):
                return {}  # a layer that it has and does not use, or that remembers something else than its input's
            distances[name] = _distance(seen[0], norm.running_mean, norm.running_var)
    finally:
        handle.remove()
    return distances


def _distance(values: Tensor, mean: Tensor, variance: Tensor) -> float:
    spread = (variance + 1e-5).sqrt()
    shift = ((values.mean((0, 2, 3)) - mean) / spread).abs()
    ratio = ((values.var((0, 2, 3)) + 1e-5).sqrt() / spread).log().abs()
    return float((shift + ratio).median())


def _worth(answer: Tensor) -> float:
    """Return the mutual information of photo and answer, in nats, times the mean certainty; 0 where all but one."""
    rows = answer if are_shares(answer) else answer.float().softmax(1)
    own = float(_entropy(rows).mean())
    if own < _SATURATED * log(rows.shape[1]):
        return 0.0
    return (float(_entropy(rows.mean(0))) - own) * float(rows.max(1).values.mean())


def _entropy(rows: Tensor) -> Tensor:
    return -(rows * rows.clamp_min(1e-12).log()).sum(-1)


def _photos() -> Tensor:
    """Return three cuts of each bundled photo, ``(12, 3, 256, 256)`` in [0, 1]."""
    cuts = []
    for name in _PHOTOS:
        photo = sample_photo(1 << 20, 1 << 20, name=name)
        for share in (1.0, 0.6, 0.35):
            height, width = (round(side * share) for side in photo.shape[-2:])
            top, left = ((side - length) // 2 for side, length in zip(photo.shape[-2:], (height, width), strict=True))
            part = photo[..., top : top + height, left : left + width]
            cuts.append(F.interpolate(part, (_SIDE, _SIDE), mode="bilinear", antialias=True))
    return torch.cat(cuts)


