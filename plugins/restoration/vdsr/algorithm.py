"""Super-resolution by twenty convolutions that give the residual of the enlargement (Kim 2016, section 3.1).

Inverts ``y = D·M ⊗ x`` with bicubic (antialiased) reduction by what photos have taught; one network for all scales.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.enlarging import enlarged_by
from plugins.restoration.common.enlarging_params import DetailParams
from plugins.restoration.vdsr.descriptor import NETWORK


def run(images: Tensor, params: DetailParams, run: Run) -> Result:
    """Enlarge photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept."""
    return enlarged_by(images, params, run, NETWORK)
