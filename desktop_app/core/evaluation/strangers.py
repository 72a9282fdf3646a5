"""Photos of another kind among those that a model knows: how well each score tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError
from desktop_app.core.evaluation.answers import Answers
from desktop_app.core.evaluation.methods import Asking
from desktop_app.core.lab import calibration

__all__ = ["told_apart"]

_KEPT = 0.95  # of the known photos: where the threshold is


def told_apart(asking: Asking, known: Answers, unknown: Answers) -> list[dict[str, Any]]:
    """Return a row for each score: AUROC, and of the unknown photos the share beyond 95% of the known ones.

    Raises
    ------
    InputError
        If no photo of the one or the other kind could be asked about.
    """
    here, there = _scores(known), _scores(unknown)
    return [
        {
            "model": asking.model, "method": asking.method, "score": name, "n": len(here[name]),
            "strangers": len(there[name]), "auroc": calibration.auroc(here[name], there[name]),
            "beyond": float((there[name] > np.quantile(here[name], _KEPT, method="higher")).mean()),
            "confidence": float(1.0 - there["softmax"].mean()),
        }
        for name in here if name in there
    ]  # fmt: skip


def _scores(said: Answers) -> Mapping[str, NDArray[np.float64]]:
    logits = said.logits[np.isfinite(said.logits).all(1)].astype(np.float64)
    if not len(logits):
        raise InputError(f"expected photos that can be asked about, got none: {next(iter(said.faults.values()), '')}")
    shares = calibration.softmax(logits)
    entropy = -(shares * np.log(np.maximum(shares, np.finfo(np.float64).tiny))).sum(1)
    own = {name: values.astype(np.float64) for name, values in said.scores.items()}
    return {"softmax": 1.0 - shares.max(1), "entropy": entropy} | own
