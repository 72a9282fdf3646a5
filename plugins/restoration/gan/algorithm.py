"""The shake of a camera undone by a network that learnt beside critics, from coarse to fine.

The network is that of ``deblur.multiscale``, gone on with beside two critics of patches, a large and a small one, that
tell sharp photos from sharpened ones (Kupyn 2019, arXiv:1908.03826, section 3.2).
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.coarse_to_fine import sharpened_at_scales
from plugins.restoration.common.learnt import StrengthParams
from plugins.restoration.gan.descriptor import NETWORK


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Sharpen photos ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1]; values outside are kept.

    The map is the standard deviation of the error that the network expects, in levels.
    """
    with torch.no_grad():
        return sharpened_at_scales(images, params.strength, run, NETWORK)
