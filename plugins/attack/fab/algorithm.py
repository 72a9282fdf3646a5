"""The fast adaptive boundary attack (Croce, Hein 2020, algorithm 1), towards the likeliest other classes in turn.

Near the border between two classes a network is nearly linear: each step goes to where its linear model changes the
answer, a little nearer to the photo than it was. With a target it is the border between that and whichever other class
leads where the step begins.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.hyperplanes import onto_plane
from desktop_app.numerics.projections import distances_of, within
from plugins.attack.common.boundary import Sees, drawn_back, masked, outset, result_of, seeing
from plugins.attack.common.iterates import Nearest
from plugins.attack.common.losses import Goal, begun, foremost, lead, likeliest_others
from plugins.attack.common.starts import uniform_offset
from plugins.attack.fab.descriptor import FabParams

_NEARER = 0.1  # α_max of the paper: the largest share of the photo's own projection in a step
_BEYOND = 1.05  # η: a step goes a little over the border
_BACK = 0.9  # β: and back towards the photo once the answer has changed
_HALVINGS = 6  # of the final search on the line to the photo
_TINY = 1e-12


def run(images: Tensor, params: FabParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] to the nearest point where the model answers otherwise.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    sees = seeing(run.model, goal)
    nearest = outset(clean, sees)
    every, ways = torch.arange(len(clean), device=clean.device), _ways(run, clean, goal, params)
    for restart in range(params.restarts):
        size = params.eps / 255.0 / 2.0 if restart else 0.0
        offset = masked(uniform_offset(clean, params.norm, size, run), run, every)
        start = within(clean + offset, clean, params.norm, size)
        for index, towards in enumerate(ways.T):
            part = (restart + index / ways.shape[1]) / params.restarts, 1.0 / params.restarts / ways.shape[1]
            some = _unfinished(nearest, params)
            if len(some):
                border = Goal(goal.classes, goal.is_targeted, towards)
                _walk(run, clean, start, some, border, sees, params, nearest, part)
    found = drawn_back(clean, nearest, sees, _HALVINGS)
    return result_of(clean, found, params.norm, params.eps, [{} for _ in clean])


def _ways(run: Run, clean: Tensor, goal: Goal, params: FabParams) -> Tensor:
    """Return the classes beyond each border that is tried, ``(N, T)``: the likeliest others."""
    with torch.no_grad():
        logits = run.model(clean).float()
    return likeliest_others(logits, goal.classes, 1 if goal.is_targeted else params.targets)


def _unfinished(nearest: Nearest, params: FabParams) -> Tensor:
    limit = params.eps / 255.0 if params.within_budget else 0.0
    return (nearest.sizes > limit).nonzero()[:, 0]


def _walk(
    run: Run, clean: Tensor, start: Tensor, some: Tensor, goal: Goal, sees: Sees, params: FabParams, nearest: Nearest,
    part: tuple[float, float],
) -> None:  # fmt: skip
    """Take the steps of one attempt towards one border each, for samples ``(M,)``."""
    images = start[some]
    for step in range(params.steps):
        run.progress(part[0] + part[1] * step / params.steps, f"step {step + 1} of {params.steps}")
        if params.within_budget:
            goes_on = nearest.sizes[some] > params.eps / 255.0
            some, images = some[goes_on], images[goes_on]
        if not len(some):
            return
        gap, normals = _border(run, images, goal.of_some(some))
        images = _step(images, clean[some], masked(normals, run, some), gap, params)
        met = sees(images, some)
        nearest.keep(images, distances_of(images - clean[some], params.norm), met, some)
        back = clean[some] + _BACK * (images - clean[some])
        images = torch.where(met.view(-1, 1, 1, 1), back, images)


def _border(run: Run, images: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
    """Return by how much the other class trails, ``(M,)``, and in which direction it catches up, ``(M, C, H, W)``."""
    with torch.enable_grad():
        leaf = images.detach().requires_grad_(True)
        logits = run.model(leaf).float()
        leads = lead(logits, *((foremost(logits, goal.classes), goal.classes) if goal.is_targeted else
                               goal.classes_of_loss))  # fmt: skip
        (normals,) = torch.autograd.grad(leads.sum(), leaf)
    return -leads.detach(), normals


def _step(images: Tensor, clean: Tensor, normals: Tensor, gap: Tensor, params: FabParams) -> Tensor:
    """Return the next images (algorithm 1, line 8): between the border's nearest points to them and to the photos."""
    norm = params.norm
    here = onto_plane(images, normals, gap, norm)
    # the plane is where the lead's linear model at the images is 0: from the photo there is the rest of the way
    there = onto_plane(clean, normals, gap + (normals * (images - clean)).flatten(1).sum(1), norm)
    lengths = [distances_of(one, norm) for one in (here, there)]
    share = (lengths[0] / (lengths[0] + lengths[1]).clamp_min(_TINY)).clamp_max(_NEARER).view(-1, 1, 1, 1)
    moved = (1.0 - share) * (images + _BEYOND * here) + share * (clean + _BEYOND * there)
    return moved.clamp(0.0, 1.0)
