"""A deep ensemble's answer is the mean of its members' probabilities (Lakshminarayanan 2017, section 2.4)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Params, Result, Run, ToolError, top_classes
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked
from plugins.uncertainty.common.predictions import FEWEST, doubts, said_early, shares_of


def run(images: Tensor, _params: Params, run: Run) -> Result:
    """Ask classifiers about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for them.

    Raises
    ------
    ToolError
        If there is only one, or they do not name the same classes in the same order.
    """
    models = run.models
    if len(models) < 2:
        raise ToolError("expected two or more models, got one; name another, or use uncertainty.confidence")
    other = next((model for model in models if tuple(model.labels) != tuple(models[0].labels)), None)
    if other is not None:
        raise ToolError(f"expected models of the same classes, got {models[0].id} and {other.id}; choose others")
    photos, all_seen = images.detach().clamp(0.0, 1.0), []
    for index, model in enumerate(models):
        if index >= FEWEST and run.ends_early():
            break
        run.progress(index / len(models), f"asking {model.id}")
        all_seen.append(asked(model, photos))
    answers = torch.stack([seen.logits.softmax(1) for seen in all_seen])
    reports = [_report(each, run) for each in answers.unbind(1)]
    reports = said_early(reports, len(answers), len(models), "members")
    return Result(reports=guarded(reports, all_seen[0], models[0], run), artifacts=shares_of(answers.mean(0)))


def _report(probabilities: Tensor, run: Run) -> dict[str, Any]:
    """Return the report on one photo's ``(members, K)``."""
    members: list[dict[str, Any]] = [
        {"model": model.id, "prediction": top_classes(row, model.labels, 1)}
        for model, row in zip(run.models, probabilities, strict=False)  # all that were asked
    ]
    said = doubts("deep ensemble", probabilities, run.models[0], "members")
    first = said["prediction"][0]["label"]
    agreeing = sum(member["prediction"][0]["label"] == first for member in members)
    return said | {"agreeing": agreeing, "by_model": members}
