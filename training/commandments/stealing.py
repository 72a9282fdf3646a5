"""Do not let strangers ask your model without limit: a copy made of answers alone, and the log that shows it.

The thief asks about a few photos, trains a copy on the answers, and moves its photos to where the copy is sensitive,
to ask again (Papernot et al. 2017, arXiv:1602.02697, algorithm 1). Such questions lie at nearly the same distance from
each other, and a user's do not (Juuti et al. 2019, "PRADA", arXiv:1805.02628, section V).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from training.cifar10_images import Photos, as_float

__all__ = ["QueryLog", "answers", "moved"]

_STEP = 0.1  # of the range of values: the paper's lambda
_LEAST = 30
"""Distances of an answer, below which their distribution is not judged."""


class QueryLog(nn.Module):
    """A classifier that remembers what it was asked.

    Parameters
    ----------
    model : nn.Module
        Photos ``(N, 3, H, W)`` in [0, 1] to logits ``(N, K)``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self._asked: list[Tensor] = []
        self._answered: list[Tensor] = []

    @property
    def count(self) -> int:
        """How many photos were asked about."""
        return sum(len(part) for part in self._answered)

    def forward(self, photos: Tensor) -> Tensor:
        """Return the logits, and note photos and answers."""
        logits: Tensor = self.model(photos)
        self._asked.append(photos.detach().cpu())
        self._answered.append(logits.detach().argmax(1).cpu())
        return logits

    def distances(self) -> Tensor:
        """Return how far each photo lies from the nearest earlier one with the same answer.

        Returns
        -------
        Tensor
            ``(M,)`` float32, root mean squared differences of values in [0, 1], in the order of the questions; the
            first of each answer has none. Each answer's are divided by their mean: classes differ in how alike their
            photos are.
        """
        asked, answered = torch.cat(self._asked).flatten(1), torch.cat(self._answered)
        found = []
        for answer in range(int(answered.max()) + 1):
            mine = asked[answered == answer]
            if len(mine) <= _LEAST:
                continue
            apart = torch.cdist(mine, mine) / mine.shape[1] ** 0.5
            later = torch.ones_like(apart).tril(-1).bool()
            nearest = apart.where(later, torch.inf).amin(1)[1:]
            found.append(nearest / nearest.mean().clamp_min(1e-12))
        return torch.cat(found) if found else torch.empty(0)

    def peak(self) -> float:
        """Return the share of questions in the fullest twentieth of the range of distances, in [0, 1].

        Photos that people bring lie at all distances; ones that were made from each other at one. PRADA tests the same
        by whether the distances are normally distributed; a share needs no table and can be read by anyone. It is 0
        while too little was asked.
        """
        distances = self.distances()
        if not len(distances):
            return 0.0
        counts = torch.histc(distances, bins=20, min=0.0, max=float(distances.max()))
        return float(counts.max() / counts.sum())


def answers(model: nn.Module, pixels: Tensor) -> Tensor:
    """Return the classes ``(N,)`` that a model gives photos ``(N, H, W, 3)`` uint8."""
    with torch.no_grad():
        return torch.cat([model(as_float(part)).argmax(1) for part in torch.split(pixels, 500)])


def moved(copy: nn.Module, photos: Photos) -> Tensor:
    """Return photos ``(N, H, W, 3)`` uint8 that were moved by a signed step towards their own answer's growth.

    Parameters
    ----------
    copy : nn.Module
        The thief's, in eval mode.
    photos : Photos
        With the answers that they were given (arXiv:1602.02697, eq. of algorithm 1).
    """
    return torch.cat([
        _moved(copy, pixels, labels)
        for pixels, labels in zip(torch.split(photos.pixels, 500), torch.split(photos.labels, 500), strict=True)
    ])


def _moved(copy: Callable[[Tensor], Tensor], pixels: Tensor, labels: Tensor) -> Tensor:
    images = as_float(pixels).requires_grad_(True)
    chosen = copy(images).gather(1, labels[:, None]).sum()
    (slope,) = torch.autograd.grad(chosen, images)
    new = (images.detach() + _STEP * slope.sign()).clamp(0, 1)
    return (255 * new).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
