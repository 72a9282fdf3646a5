"""A deep ensemble's answer is the mean of its members' probabilities (Lakshminarayanan 2017, section 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Classifier, Params, Result, Run, ToolError
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked, sound
from plugins.uncertainty.common.predictions import FEWEST, doubts, named, said_early, shares_of


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
    photos = images.detach().clamp(0.0, 1.0)
    run.progress(0.0, f"asking {models[0].id}")
    seen = asked(models[0], photos)
    all_logits = [seen.logits]
    for index, model in enumerate(models[1:], 1):
        if index >= FEWEST and run.ends_early():
            break
        run.progress(index / len(models), f"asking {model.id}")
        with torch.no_grad():
            all_logits.append(sound(model(photos).float(), model))
    answers = torch.stack(all_logits).softmax(2)
    reports = [
        said | _agreement(members, said["prediction"][0]["index"])
        for said, members in zip(doubts("deep ensemble", answers, models[0], "members"), _members(answers, models),
                                 strict=True)
    ]  # fmt: skip
    reports = said_early(reports, len(answers), len(models), "members")
    return Result(reports=guarded(reports, seen, models[0], run), artifacts=shares_of(answers.mean(0)))


def _members(answers: Tensor, models: Sequence[Classifier]) -> list[list[dict[str, Any]]]:
    """Return what each member, of those that were asked, says first of each photo, from ``(members, N, K)``."""
    shares, classes = (values.squeeze(2).T.tolist() for values in answers.topk(1, dim=2))
    return [
        [{"model": model.id, "prediction": [{"label": named(index, model.labels), "index": index, "p": share}]}
         for model, share, index in zip(models, *said, strict=False)]
        for said in zip(shares, classes, strict=True)
    ]  # fmt: skip


def _agreement(members: list[dict[str, Any]], first: int) -> dict[str, Any]:
    """Return how many members say the class that comes first, and what each says."""
    return {"agreeing": sum(one["prediction"][0]["index"] == first for one in members), "by_model": members}
