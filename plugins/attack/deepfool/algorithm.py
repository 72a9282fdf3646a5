"""DeepFool (Moosavi-Dezfooli 2016, algorithm 2): step after step to the nearest border of the model made linear.

What it finds is drawn back on the line to the photo as far as the answer allows. Fooled photos leave the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.hyperplanes import onto_plane
from desktop_app.numerics.projections import distances_of
from plugins.attack.common.boundary import drawn_back, masked, result_of, seeing
from plugins.attack.common.iterates import Nearest
from plugins.attack.common.losses import Goal, begun, foremost, likeliest_others
from plugins.attack.deepfool.descriptor import DeepfoolParams

_BEYOND = 1.02  # 1 + η of the paper
_HALVINGS = 10


def run(images: Tensor, params: DeepfoolParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] over the nearest border.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    nearest, sees = Nearest.of(clean), seeing(run.model, goal)
    some, moved = torch.arange(len(clean), device=clean.device), clean
    with torch.no_grad():
        logits = run.model(clean).float()
    others = likeliest_others(logits, goal.classes, params.candidates - 1)
    for step in range(params.steps + 1):
        run.progress(step / (params.steps + 1), f"step {step} of {params.steps}")
        met = sees(moved, some)
        nearest.keep(moved, distances_of(moved - clean[some], params.norm), met, some)
        some, moved = some[~met], moved[~met]
        if step == params.steps or not len(some):
            break
        moved = _stepped(run, moved, clean[some], some, goal.of_some(some), others[some], params)
    found = drawn_back(clean, nearest, sees, _HALVINGS)
    return result_of(clean, found, params.norm, params.eps, [{} for _ in clean])


def _stepped(
    run: Run, moved: Tensor, clean: Tensor, some: Tensor, goal: Goal, others: Tensor, params: DeepfoolParams
) -> Tensor:
    """Return photos moved to the nearest of the borders between their classes and others ``(N, T)``, and beyond it.

    To come to a class they have to leave whichever leads it where they are.
    """
    with torch.enable_grad():
        leaf = moved.detach().requires_grad_(True)
        logits = run.model(leaf).float()
        others = foremost(logits, goal.classes)[:, None] if goal.is_targeted else others
        leads = logits.gather(1, others) - logits.gather(1, goal.classes[:, None])
        leads = -leads if goal.is_targeted else leads
        columns = [masked(torch.autograd.grad(column.sum(), leaf, retain_graph=True)[0], run, some)
                   for column in leads.T]  # fmt: skip
    normals, gaps = torch.stack(columns, 1), -leads.detach()
    dual = 1.0 if params.norm == "linf" else 2.0
    slopes = torch.linalg.vector_norm(normals.flatten(2), dual, dim=2)
    choice = (gaps.abs() / slopes.clamp_min(1e-12)).argmin(1)
    each = torch.arange(len(moved), device=moved.device)
    step = onto_plane(moved, normals[each, choice], gaps[each, choice], params.norm)
    return (clean + _BEYOND * (moved + step - clean)).clamp(0.0, 1.0)
