"""Scores of how strange a photo is to a classifier, each with the threshold that known photos set."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from plugins.uncertainty.common.guard import familiarity_of, guarded
from plugins.uncertainty.common.known import asked, needed
from plugins.uncertainty.common.predictions import answer, shares_of
from plugins.uncertainty.ood.descriptor import OodParams

_CAVEAT = "the threshold is about photos like the known ones; a photo of another kind may still pass for one of them"


def run(images: Tensor, params: OodParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.

    Returns
    -------
    Result
        Reports with every score and its threshold, and the answer: a label, or none of these; all scores as an
        artifact ``(N, S)``.

    Raises
    ------
    ToolError
        If there are no known photos, or the network has no layer that the score wants.
    """
    run.check()
    seen = asked(run.model, images.detach().clamp(0.0, 1.0))
    known = needed(run.model, seen, run)
    familiarity = familiarity_of(known)
    scores = familiarity.scores(seen)
    if params.score not in scores:
        raise ToolError(f"expected a network with layers to look into for {params.score}, got {run.model.id} without; "
                        "choose energy")
    limits = {name: familiarity.threshold(name, params.share) for name in scores}
    rare = {name: familiarity.as_strange(name, values) for name, values in scores.items()}
    shares = seen.logits.softmax(1)
    reports = []
    for index, one in enumerate(shares):
        said = answer(f"out-of-distribution, {params.score}", one, run.model)
        is_strange = float(scores[params.score][index]) > limits[params.score]
        table: dict[str, Any] = {
            name: {"value": float(values[index]), "threshold": limits[name], "as_strange": float(rare[name][index])}
            for name, values in scores.items()
        }
        reports.append({
            **said, "mutual_information": None, "score": params.score, "is_beyond": is_strange,
            "answer": "none of these" if is_strange else said["prediction"][0]["label"], "scores": table,
            "standing": "calibrated",
            "checked": known.checked, "caveats": [_CAVEAT],
        })  # fmt: skip
    artifacts = {**shares_of(shares), "scores": torch.stack(list(scores.values()), 1).float()}
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=artifacts)
