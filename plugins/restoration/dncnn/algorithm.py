"""DnCNN: the network gives the noise, which is taken away (Zhang 2017, eq. 1); it finds the noise's strength itself.

Inverts ``y = x + e`` with white Gaussian noise.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.learnt import StrengthParams
from plugins.restoration.dncnn.descriptor import NETWORK


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept."""
    network = run.network(NETWORK)
    run.progress(0.0, "denoising")
    restored = network(images)
    return Result(image=images + (params.strength / 100.0) * (restored - images))
