"""Feature squeezing (Xu 2018): the L1 distance between the probabilities of a photo and of the restored one, 0 to 2.

An attack's change is small and fits this photo and this model alone; a restoration takes some of it away, and the
answer moves. Untouched photos move too: how many would be called tampered is known only from photos of which the
model's answers to both are at hand. Who knows of the detector can pass it (Carlini, Wagner 2017).
"""

from __future__ import annotations

from math import ceil
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import ParameterError, Result, Run
from plugins.uncertainty.common.behind import restored_and_shares
from plugins.uncertainty.common.predictions import answer, shares_of
from plugins.uncertainty.detect.descriptor import DetectParams

_CAVEAT = "an attack that knows of this detector can pass it: no alarm is no proof"
_NONE_KNOWN = ("nobody has counted the false alarms of this model with this restoration: evaluate them on untouched "
               "photos (verilens evaluate MODEL FOLDER --before TOOL), and give the answers.tif as known and the "
               "answers-restored.tif as restored")  # fmt: skip
_FEWEST = 20
"""Known photos below which nobody can say what one in twenty of them is like."""


def run(images: Tensor, params: DetectParams, run: Run) -> Result:
    """Compare the answers to photos ``(N, C, H, W)`` float32, clipped to [0, 1], and to what is restored of them.

    Returns
    -------
    Result
        The restored photos; reports with ``score`` in [0, 2], its ``threshold``, the ``false_alarm_rate`` of known
        photos beyond that, and whether the score ``is_beyond``: None where there is no threshold.

    Raises
    ------
    ParameterError
        If known photos are not this model's, are too few, or come without those behind the restoration.
    """
    clean = images.detach().clamp(0.0, 1.0)
    run.progress(0.0, "restoring", until=0.9)
    with torch.no_grad():
        plain = run.model(clean).softmax(1)
    restored, behind = restored_and_shares(clean, run)
    known = _known(run, plain.shape[1])
    threshold = _threshold(known, params)
    reports = []
    for shares, after, score in zip(plain, behind, _disagreement(plain, behind).tolist(), strict=True):
        reports.append({
            **answer(f"disagreement with {run.target.tool}", shares, run.model), "mutual_information": None,
            "answer_restored": run.model.labels[int(after.argmax())], "score": score, "threshold": threshold,
            "is_beyond": None if threshold is None else score > threshold, **_rates(known, threshold, score),
            "caveats": [_CAVEAT] if known is not None else [_NONE_KNOWN, _CAVEAT],
        })  # fmt: skip
    return Result(image=restored, reports=reports, artifacts=shares_of(plain))


def _disagreement(one: Tensor, other: Tensor) -> Tensor:
    """Return the L1 distance ``(N,)`` of probabilities ``(N, K)`` (Xu 2018, eq. 6)."""
    return (one - other).abs().sum(1)


def _known(run: Run, classes: int) -> Tensor | None:
    """Return the sorted scores ``(n,)`` of known photos: those of which both answers were written."""
    if not run.inputs:
        return None
    if run.inputs.keys() != {"known", "restored"}:
        raise ParameterError(f"expected answers to known photos and to the restored ones, got {', '.join(run.inputs)} "
                             "alone; give answers.tif as known and answers-restored.tif as restored")
    tables = [run.inputs[name][0, 0] for name in ("known", "restored")]
    if len(tables[0]) != len(tables[1]) or any(one.shape[1] < 1 + classes for one in tables) or not tables[0][
        :, 0].equal(tables[1][:, 0]):
        raise ParameterError("expected the answers of one evaluation of this model, got tables of other photos or "
                             "classes; give the answers.tif and the answers-restored.tif of one folder")
    plain, behind = (one[:, 1 : 1 + classes] for one in tables)
    scores = _disagreement(plain.softmax(1), behind.softmax(1))
    scores = scores[scores.isfinite()].sort().values
    if len(scores) < _FEWEST:
        raise ParameterError(f"expected answers to {_FEWEST} known photos or more, got {len(scores)}; evaluate more")
    return scores


def _threshold(known: Tensor | None, params: DetectParams) -> float | None:
    """Return what was asked for, or the score that so few untouched photos exceed (conformal: n + 1 of them)."""
    if params.threshold is not None or known is None:
        return params.threshold
    return float(known[min(ceil((len(known) + 1) * (1.0 - params.false_alarms)), len(known)) - 1])


def _rates(known: Tensor | None, threshold: float | None, score: float) -> dict[str, Any]:
    if known is None or threshold is None:
        return {"false_alarm_rate": None, "as_strange": None}
    return {
        "false_alarm_rate": float((known > threshold).float().mean()),
        "as_strange": (1 + int((known >= score).sum())) / (1 + len(known)),
        "checked": {"on": "the photos that were given as known", "n": len(known)},
    }
