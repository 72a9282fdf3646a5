"""The natural idea of a learnt denoiser: clean photos are regressed from noisy ones through a code.

Inverts ``y = x + e`` with white Gaussian noise, whose strength the network finds itself.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.autoencoder.descriptor import NETWORK
from plugins.restoration.common.learnt import StrengthParams


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept."""
    network = run.network(NETWORK)
    run.progress(0.0, "denoising")
    restored = network(images)
    return Result(image=images + (params.strength / 100.0) * (restored - images))
