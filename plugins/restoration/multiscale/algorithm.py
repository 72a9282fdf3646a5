"""The shake of a camera undone by one network at three scales, from coarse to fine.

At a quarter of the photo's size a long shake is a short one, which the network takes away; what it found is enlarged
and shown to the next scale beside the photo (Nah 2017, arXiv:1612.02177; with the same weights at each scale Tao 2018,
arXiv:1802.01770). No kernel is looked for, so that the blur may differ from place to place.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.coarse_to_fine import sharpened_at_scales
from plugins.restoration.common.learnt import StrengthParams
from plugins.restoration.multiscale.descriptor import NETWORK


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Sharpen photos ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1]; values outside are kept.

    The map is the standard deviation of the error that the network expects, in levels.
    """
    with torch.no_grad():
        return sharpened_at_scales(images, params.strength, run, NETWORK)
