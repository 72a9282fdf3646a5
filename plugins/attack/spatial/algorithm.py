"""The worst pose of a photo (Engstrom 2019, section 3): on a grid from the least pose on, then along the gradient."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.warps import warped
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import PRINTED, begun, gradient_of, margin, objective_of, targeted_margin
from plugins.attack.spatial.descriptor import SpatialParams

_AT_ONCE = 8  # poses of a photo that the model is asked about together
_STEP = 0.15  # of what is allowed

_HELD = "no pose was found that changes the answer; a finer grid (more poses) and more restarts look harder"

Seen = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Of samples ``(M,)`` and poses ``(M, 4)``: the losses and how far the wish is met, ``(M,)``."""


def run(images: Tensor, params: SpatialParams, run: Run) -> Result:
    """Pose photos ``(N, C, H, W)`` float32 in [0, 1] so that the classifier errs.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    most = clean.new_tensor([params.degrees, params.pixels, params.pixels, params.percent])
    loss = targeted_margin if goal.is_targeted else margin

    def posed(samples: Tensor, poses: Tensor) -> Tensor:
        moved = warped(clean[samples], poses).clamp(0.0, 1.0)
        return moved if run.mask is None else clean[samples] + run.mask[samples] * (moved - clean[samples])

    def seen(samples: Tensor, poses: Tensor) -> tuple[Tensor, Tensor]:
        return objective_of(run.model, goal.of_some(samples), loss)(posed(samples, poses))

    everyone = torch.arange(len(clean), device=clean.device)
    still = torch.zeros(len(clean), 4, device=clean.device)
    with torch.no_grad():
        best = Best(still.clone(), *seen(everyone, still))
    is_by_grid = params.search == "grid" or (params.search == "both" and not run.model.is_differentiable)
    if params.search != "gradient":
        _grid(grid(most, params.queries), best, seen, run, 1.0 if is_by_grid else 0.5)
    if not is_by_grid:
        for restart in range(params.restarts):
            _climb(most, best, seen, params, run, restart)
    return Result(image=posed(everyone, best.images), artifacts={"pose": best.images},
                  reports=[{"caveats": [] if is_met else [_HELD]} for is_met in best.is_found.tolist()])  # fmt: skip


def grid(most: Tensor, queries: int) -> Tensor:
    """Return poses ``(K, 4)`` within ±most ``(4,)`` float32, at most so many, the least first; none stands still."""
    is_free = [axis for axis in range(4) if float(most[axis]) > 0]
    counts = [1] * 4
    while is_free:
        axis = min(is_free, key=lambda one: counts[one])
        total = (counts[axis] + 2) * torch.tensor(counts).prod().item() / counts[axis]
        if total > queries + 1:
            break
        counts[axis] += 2
    lines = [torch.linspace(-1.0, 1.0, count) if count > 1 else torch.zeros(1) for count in counts]
    shares = torch.cartesian_prod(*lines)
    shares = shares[shares.abs().amax(1) > 1e-6]
    order = shares.square().sum(1).argsort(stable=True)
    return shares[order].to(most) * most


def _grid(poses: Tensor, best: Best, seen: Seen, run: Run, until: float) -> None:
    """Ask about poses in their order; a photo that is fooled is asked no more, and keeps the least."""
    for begin in range(0, len(poses), _AT_ONCE):
        run.progress(until * begin / len(poses), f"pose {begin} of {len(poses)}")
        some, part = best.unfinished, poses[begin : begin + _AT_ONCE]
        if not len(some):
            return
        tried = part.repeat(len(some), 1)
        with torch.no_grad():
            losses, met = (values.view(len(some), -1) for values in seen(some.repeat_interleave(len(part)), tried))
        for index, pose in enumerate(part):
            left = best.met[some] < PRINTED
            best.keep(pose.expand(len(some), 4)[left], losses[left, index], met[left, index], some[left])


def _climb(most: Tensor, best: Best, seen: Seen, params: SpatialParams, run: Run, restart: int) -> None:
    """Follow the gradient from a random pose; on each axis a share of what is allowed."""
    poses = (2.0 * run.rand(best.images.view(-1, 4, 1, 1)).view(-1, 4) - 1.0) * most
    some, begins = best.unfinished, 0.0 if params.search == "gradient" else 0.5
    poses = poses[some]
    for step in range(params.steps + 1):
        done = (restart + step / (params.steps + 1)) / params.restarts
        run.progress(begins + (1.0 - begins) * done, f"step {step} of {params.steps}")
        if not len(some):
            return
        current = some
        losses, met, gradient = gradient_of(lambda at, current=current: seen(current, at), poses)  # type: ignore[misc] # bound at once
        best.keep(poses, losses, met, some)
        stays = met < PRINTED
        some, poses, gradient = some[stays], poses[stays], gradient[stays]
        share = _STEP * (1.0 - step / (params.steps + 1))
        poses = (poses + share * most * gradient.sign()).clamp(-most, most)
