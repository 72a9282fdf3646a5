"""How good a classifier is, and how honest its confidence: accuracy, likelihood, calibration, temperature."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.cifar10_images import Photos, as_float


class Scores(NamedTuple):
    """Share of right answers, mean negative log-likelihood in nats, expected calibration error."""

    accuracy: float
    nll: float
    ece: float


def predict(model: nn.Module, photos: Photos, batch: int = 500) -> Tensor:
    """Return float32 logits ``(N, classes)`` in evaluation mode, one plain look at each photo."""
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        parts = [model(as_float(p).to(device)).float().cpu() for p in torch.split(photos.pixels, batch)]
    return torch.cat(parts)


def score(logits: Tensor, labels: Tensor) -> Scores:
    """Score logits ``(N, classes)`` against classes ``(N,)``; `calibration_error` with 15 bins."""
    right = (logits.argmax(1) == labels).float().mean().item()
    return Scores(right, F.cross_entropy(logits, labels).item(), calibration_error(logits, labels))


def calibration_error(logits: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Return the expected calibration error: how far confidence is from the share of right answers.

    Equal-width bins of the top probability, weighted by their counts (Guo et al. 2017, arXiv:1706.04599,
    eq. 3).
    """
    confidence, answer = logits.softmax(1).max(1)
    gap = (answer == labels).double() - confidence.double()
    which = (confidence * bins).ceil().long().clamp(1, bins) - 1
    sums = torch.zeros(bins, dtype=torch.double).index_add_(0, which, gap)
    return (sums.abs().sum() / len(labels)).item()
