"""Learnt dehazing: one call of its network, which looks at the whole photo."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.aod.descriptor import NETWORK
from plugins.restoration.common.learnt import StrengthParams


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Dehaze photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept."""
    run.progress(0.0, "judging the haze")
    run.check()
    cleared = run.network(NETWORK)(images)
    return Result(image=images + (params.strength / 100.0) * (cleared - images))
