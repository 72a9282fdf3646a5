"""Progressive rain removal: one call of its network, which passes over the photo three times."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.learnt import StrengthParams, restored_by
from plugins.restoration.progressive_deraining.descriptor import NETWORK


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Take rain out of photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept.

    The map is the standard deviation of the error that the network expects, in levels.
    """
    return restored_by(images, params.strength, run, NETWORK)
