"""How unlike the photos that a classifier knows a photo is: scores that are higher the stranger it is.

Each is compared with the scores of the known photos, none of which helped to set its own: they are scored in fifths,
each by the other four.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.seen import Seen
from plugins.uncertainty.common.known import Known
from plugins.uncertainty.common.predictions import entropy

__all__ = ["SCORES", "Familiarity"]

Scores = Mapping[str, Tensor]
_NEIGHBOURS = 10
_PARTS = 5
_FROM_LOGITS = ("softmax", "entropy", "energy")
_JOINED = {"energy": 1.0, "nearest": 1.0, "mahalanobis": 0.5}  # the last sees how a photo was saved, too
SCORES = (*_FROM_LOGITS, "mahalanobis", "nearest", "combined")
"""The largest probability's rest (Hendrycks, Gimpel 2017), the entropy, the free energy (Liu 2020), the Mahalanobis
distance half-way through the network (Lee 2018), the distance to the tenth nearest photo (Sun 2022) in its last layer
but one of that kind, and three of them together by their ranks (Fisher 1932), weighted (Good 1955)."""


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Scores of photos beside those of the known ones."""

    known: Known

    @cached_property
    def of_known(self) -> Scores:
        """The known photos' scores by name, ``(n,)`` float32, each set without the photo itself."""
        seen = self.known.seen
        found = {name: torch.empty_like(values) for name, values in _scores(seen, seen).items()}
        order = torch.randperm(len(seen.logits), generator=torch.Generator().manual_seed(0)).to(seen.logits.device)
        for part in order.chunk(_PARTS):
            others = torch.ones(len(order), dtype=torch.bool, device=order.device).index_fill(0, part, False)
            for name, values in _scores(_some(seen, others), _some(seen, part)).items():
                found[name][part] = values
        return {**found, "combined": self._combined(found, found)}

    def scores(self, seen: Seen) -> dict[str, Tensor]:
        """Return the scores of photos by name, ``(N,)`` float32."""
        found = _scores(self.known.seen, seen)
        return {**found, "combined": self._combined(found, self.of_known)}

    def threshold(self, score: str, share: float) -> float:
        """Return the score that so large a share in [0, 1] of the known photos does not exceed."""
        ordered = self.of_known[score].sort().values
        return float(ordered[min(ceil((len(ordered) + 1) * share), len(ordered)) - 1])

    def as_strange(self, score: str, values: Tensor) -> Tensor:
        """Return the share of known photos whose score is as high as those ``(N,)``, in (0, 1]: conformal p-values."""
        return _rarity(self.of_known[score], values)

    @staticmethod
    def _combined(scores: Scores, of_known: Scores) -> Tensor:
        rare = [-weight * _rarity(of_known[name], scores[name]).log()
                for name, weight in _JOINED.items() if name in scores]  # fmt: skip
        return torch.stack(rare).sum(0)


def _rarity(known: Tensor, values: Tensor) -> Tensor:
    """Return (1 + how many known scores are as high) / (1 + n)."""
    ordered = known.sort().values
    return (1.0 + len(ordered) - torch.searchsorted(ordered, values.contiguous())) / (1.0 + len(ordered))


def _some(seen: Seen, which: Tensor) -> Seen:
    return Seen(*(part[which] for part in seen.parts))


def _scores(known: Seen, seen: Seen) -> dict[str, Tensor]:
    shares = seen.logits.softmax(1)
    found = {
        "softmax": 1.0 - shares.amax(1), "entropy": entropy(shares), "energy": -seen.logits.logsumexp(1),
    }  # fmt: skip
    ours, theirs = (known.late, seen.late) if seen.late.shape[1] else (known.features, seen.features)
    further: Mapping[str, tuple[Callable[[Tensor, Tensor], Tensor], Tensor, Tensor]] = {
        "mahalanobis": (_mahalanobis, known.middle, seen.middle), "nearest": (_nearest, ours, theirs),
    }
    return found | {name: score(one, other) for name, (score, one, other) in further.items() if other.shape[1]}


def _mahalanobis(known: Tensor, values: Tensor) -> Tensor:
    """Return the squared distance of ``(N, M)`` from the mean of ``(n, M)``, by their covariance.

    One Gaussian for all classes, which serves as well (Kamoi, Kobayashi 2020, arXiv:2003.00402); the covariance is
    drawn to a multiple of the identity as far as Ledoit, Wolf 2004 (doi:10.1016/S0047-259X(03)00096-4, section 3) say.
    """
    precise, asked = known.cpu().double(), values.cpu().double()  # not every device has double precision
    mean = precise.mean(0)
    centred = precise - mean
    count, size = centred.shape
    covariance = centred.T @ centred / count
    target = covariance.diagonal().mean() * torch.eye(size, dtype=torch.double)
    spread = (covariance - target).square().sum()
    error = (centred.square().sum(1).square().sum() / count - covariance.square().sum()) / count
    pull = (error / spread).clamp(0.0, 1.0) if spread > 0 else torch.ones_like(spread)
    pulled = pull * target + (1.0 - pull) * covariance
    least = torch.finfo(torch.float32).eps * target.diagonal().clamp_min(torch.finfo(torch.float32).tiny)
    factor = torch.linalg.cholesky(pulled + torch.diag(least))
    away: Tensor = torch.linalg.solve_triangular(factor, (asked - mean).T, upper=False)
    return away.square().sum(0).to(values)


def _nearest(known: Tensor, values: Tensor) -> Tensor:
    """Return the distance of directions ``(N, D)`` to the tenth nearest of ``(n, D)`` (Sun 2022, eq. 2)."""
    distances = torch.cdist(F.normalize(values, dim=1), F.normalize(known, dim=1))
    return distances.kthvalue(min(_NEIGHBOURS, len(known)), dim=1).values
