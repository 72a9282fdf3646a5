"""Figures of a classifier's answer, and how a report states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Classifier, top_classes

__all__ = ["CAVEAT", "FEWEST", "answer", "doubts", "entropy", "logs", "named", "said_early", "shares_of"]

FEWEST = 2
"""Passes, or members, from which on a doubt can be told: a run that is ended then keeps what it has."""

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


def named(index: int, labels: Sequence[str]) -> str:
    """Return a class's name; an unnamed one is called by its index, as in `top_classes`."""
    return labels[index] if index < len(labels) else str(index)


def shares_of(probabilities: Tensor) -> dict[str, Tensor]:
    """Return the artifact by which an evaluation reads a tool's answers: probabilities ``(N, K)`` float32 in [0, 1]."""
    return {"probabilities": probabilities.float()}


def said_early(reports: Sequence[Mapping[str, Any]], made: int, wanted: int, asked: str) -> list[dict[str, Any]]:
    """Return reports that say so first where the user ended the run after fewer passes, or members, than wanted."""
    said = [] if made == wanted else [f"ended early: from {made} of {wanted} {asked}"]
    return [{**report, "caveats": [*said, *report.get("caveats", ())]} for report in reports]


def doubts(method: str, probabilities: Tensor, model: Classifier, asked: str) -> list[dict[str, Any]]:
    """Return a report on each photo's answers of several passes.

    The mean answer; its entropy (all doubt), the mean entropy of the passes (doubt in the photo), and their difference,
    the mutual information (doubt in the model; Houlsby 2011, arXiv:1112.5745, eq. 2), in nats. Of each class in the
    prediction, ``low`` and ``high`` hold nine tenths of the passes' probabilities.

    Parameters
    ----------
    method : str
        In words.
    probabilities : Tensor
        ``(T, N, K)`` float32 in [0, 1], a row for each pass.
    model : Classifier
        Whose id and labels the reports name.
    asked : str
        The name of the figure that says how many passes there were.
    """
    probabilities = probabilities.cpu()
    ends = probabilities.quantile(probabilities.new_tensor([0.05, 0.95]), dim=0).tolist()
    expected = entropy(probabilities).mean(0).tolist()
    reports = [answer(method, one, model) for one in probabilities.mean(0)]
    for place, report in enumerate(reports):
        for each in report["prediction"]:
            each["low"], each["high"] = (end[place][each["index"]] for end in ends)
        report |= {
            "mutual_information": max(report["entropy"] - expected[place], 0.0),  # never negative but for rounding
            "expected_entropy": expected[place], asked: len(probabilities), "caveats": [CAVEAT],
        }  # fmt: skip
    return reports
