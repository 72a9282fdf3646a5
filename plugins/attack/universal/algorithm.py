"""One change for all photos (Shafahi 2020, algorithm 2): sign or unit steps along the mean gradient of a bounded loss.

The loss of a photo counts up to a bound only, so that those that are fooled already do not outweigh the others.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.projections import onto_ball, within
from plugins.attack.common.losses import begun, entropy_objective, gradient_of
from plugins.attack.common.steps import steepest
from plugins.attack.universal.descriptor import UniversalParams

_WEAK = "one change for all is weaker than one for each photo: a photo that holds out may well fall to attack.auto"
_ENOUGH = 9.0  # of cross-entropy: β of the paper


def run(images: Tensor, params: UniversalParams, run: Run) -> Result:
    """Lay one change over photos ``(N, C, H, W)`` float32 in [0, 1], within the budget of each.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    objective = entropy_objective(run.model, goal)
    free = 1.0 if run.mask is None else (run.mask > 0).to(clean)
    radius = params.eps / 255.0
    change = onto_ball((2.0 * run.rand(clean)[:1] - 1.0) * radius, params.norm, radius)
    best, most = torch.zeros_like(change), -1.0
    size = max(2.5 / params.steps, 0.02) * radius
    for step in range(params.steps + 1):
        run.progress(step / (params.steps + 1), f"step {step} of {params.steps}")

        def bounded(change: Tensor) -> tuple[Tensor, Tensor]:
            losses, met = objective((clean + free * change).clamp(0.0, 1.0))
            return losses.clamp_max(_ENOUGH), met

        losses, met, gradient = gradient_of(bounded, change)
        score = float((met > 0).float().sum()) + float(losses.sigmoid().mean()) / 2.0  # fooled first, then the loss
        if score > most:
            best, most = change, score
        change = onto_ball(change + size * steepest(gradient, params.norm, change), params.norm, radius)
    moved = within(clean + free * best, clean, params.norm, radius)
    with torch.no_grad():
        fooled = int((objective(moved)[1] > 0).sum())
    return Result(image=moved, artifacts={"change": best.expand_as(clean).contiguous()},
                  reports=[{"photos": len(clean), "fooled": fooled, "caveats": [_WEAK]} for _ in clean])  # fmt: skip
