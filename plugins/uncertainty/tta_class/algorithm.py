"""The answers to the photo moved by a few pixels and mirrored: what a steady model would not mind."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked
from plugins.uncertainty.common.predictions import doubts, shares_of
from plugins.uncertainty.tta_class.descriptor import TtaClassParams


def run(images: Tensor, params: TtaClassParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.

    Raises
    ------
    ToolError
        If neither moves nor mirroring are wanted: one question has no spread.
    """
    if params.shift == 0 and not params.is_mirrored:
        raise ToolError("expected moves or mirroring, got neither; ask for one, or use uncertainty.confidence")
    first, *others = _views(images.detach().clamp(0.0, 1.0), params)
    seen = asked(run.model, first)
    parts = [seen.logits.softmax(1)]
    for index, view in enumerate(others, 1):
        run.progress(index / (len(others) + 1), f"view {index + 1} of {len(others) + 1}")
        with torch.no_grad():
            parts.append(run.model(view).float().softmax(dim=1))
    answers = torch.stack(parts)
    reports = doubts("test-time augmentation", answers, run.model, "views")
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=shares_of(answers.mean(0)))


def _views(photos: Tensor, params: TtaClassParams) -> Iterator[Tensor]:
    """Yield the photos as they are, moved to eight sides, and each mirrored."""
    height, width = photos.shape[-2:]
    shift = params.shift
    padded = F.pad(photos, (shift,) * 4, mode="replicate")
    places = [(row, column) for row in (0, 1, 2) for column in (0, 1, 2)] if shift else [(1, 1)]
    for row, column in sorted(places, key=lambda place: place != (1, 1)):
        view = padded[..., row * shift : row * shift + height, column * shift : column * shift + width]
        yield view.contiguous()
        if params.is_mirrored:
            yield view.flip(-1).contiguous()
