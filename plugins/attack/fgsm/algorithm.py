"""One step along the gradient's sign (Goodfellow 2015, section 4), or along the gradient itself in L2."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import AttackParams, Result, Run
from desktop_app.numerics.projections import within
from plugins.attack.common.losses import begun, entropy_objective, gradient_of
from plugins.attack.common.steps import steepest

_WEAK = "one step is the weakest of the attacks: where it fails, attack.apgd may well succeed"


def run(images: Tensor, params: AttackParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] by the whole budget at once.

    Errors are those of `begun`.
    """
    run.check()
    clean, goal = begun(images, params, run)
    _, _, gradient = gradient_of(entropy_objective(run.model, goal), clean)
    radius = params.eps / 255.0
    moved = within(clean + radius * steepest(gradient, params.norm, clean), clean, params.norm, radius)
    return Result(image=moved, reports=[{"steps": 1, "caveats": [_WEAK]} for _ in clean])
