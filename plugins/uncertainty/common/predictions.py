"""Figures of a classifier's answer, and how a report states them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Classifier, top_classes

__all__ = ["CAVEAT", "answer", "entropy", "logs"]

CAVEAT = "entropy is the model's own doubt: on photos unlike its training set it can be small and wrong"


def logs(probabilities: Tensor) -> Tensor:
    """Return natural logarithms of probabilities of any shape, float32 in [0, 1]; that of 0 is finite."""
    return probabilities.clamp_min(torch.finfo(torch.float32).tiny).log()


def entropy(probabilities: Tensor) -> Tensor:
    """Return the entropy in nats over the last dimension of ``(…, K)`` float32 in [0, 1]; ``0 log 0`` is 0."""
    return -(probabilities * logs(probabilities)).sum(dim=-1)


def answer(method: str, probabilities: Tensor, model: Classifier) -> dict[str, Any]:
    """Return what every report on a classifier says of one photo's ``(K,)`` float32 probabilities."""
    return {
        "model": model.id,
        "method": method,
        "prediction": top_classes(probabilities, model.labels),
        "confidence": float(probabilities.max()),
        "entropy": float(entropy(probabilities)),
        "unit": "nats",
    }
