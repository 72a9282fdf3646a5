"""One square in which everything may change (Brown 2017), painted by sign steps where the gradient is largest."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import PRINTED, Goal, begun, entropy_objective, gradient_of
from plugins.attack.patch.descriptor import PatchParams

_STEP = 16.0 / 255.0
_LAST = 2.0 / 255.0
_HELD = "no painting was found that changes the answer; more places and steps, or a larger square, look harder"


def run(images: Tensor, params: PatchParams, run: Run) -> Result:
    """Paint a square of photos ``(N, C, H, W)`` float32 in [0, 1] so that the classifier errs.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    best = Best.of(clean, entropy_objective(run.model, goal))
    height, width = clean.shape[2:]
    side = min(int((params.percent / 100.0 * height * width) ** 0.5 + 1e-9), height, width)
    if side == 0:
        return Result(image=clean, reports=[{} for _ in clean])
    _, _, gradient = gradient_of(entropy_objective(run.model, goal), clean)
    free = torch.ones_like(clean[:, :1]) if run.mask is None else (run.mask > 0).to(clean)
    looks = F.avg_pool2d((gradient.abs() * free).sum(1, keepdim=True), side, stride=1)[:, 0]
    for place in range(params.restarts):
        paint, some = run.rand(clean), best.unfinished
        if not len(some):
            break
        inside = _squares(looks, side, params, clean)[some] * free[some]
        _paint(clean[some] + inside * (paint[some] - clean[some]), inside, some, best, goal, params, run, place)
    reports = [{"caveats": [] if is_met else [_HELD]} for is_met in best.is_found.tolist()]
    return Result(image=best.images, reports=reports)


def _squares(looks: Tensor, side: int, params: PatchParams, clean: Tensor) -> Tensor:
    """Return the squares ``(N, 1, H, W)`` where there is most to gain, and strike those places off, half over."""
    squares = torch.zeros_like(clean[:, :1])
    for index, look in enumerate(looks):
        rows, columns = look.shape
        top, left = divmod(int(look.argmax()), columns)
        if params.top is not None:
            top = min(params.top, rows - 1)
            left = int(look[top].argmax())
        if params.left is not None:
            left = min(params.left, columns - 1)
            top = int(look[:, left].argmax()) if params.top is None else top
        squares[index, :, top : top + side, left : left + side] = 1.0
        if params.top is None and params.left is None:
            near = max(side // 2, 1)
            look[max(0, top - near) : top + near, max(0, left - near) : left + near] *= 1e-3
    return squares


def _paint(
    images: Tensor, inside: Tensor, some: Tensor, best: Best, goal: Goal, params: PatchParams, run: Run, place: int
) -> None:
    """Move the squares' pixels along the gradient's sign, in ever smaller steps; who is fooled leaves."""
    for step in range(params.steps + 1):
        done = (place + step / (params.steps + 1)) / params.restarts
        run.progress(done, f"step {step} of {params.steps}")
        losses, met, gradient = gradient_of(entropy_objective(run.model, goal.of_some(some)), images)
        best.keep(images, losses, met, some)
        stays = met < PRINTED
        some, images, inside, gradient = some[stays], images[stays], inside[stays], gradient[stays]
        if not len(some):
            return
        size = _LAST + (_STEP - _LAST) * (1.0 - step / params.steps)
        images = (images + size * inside * gradient.sign()).clamp(0.0, 1.0)
