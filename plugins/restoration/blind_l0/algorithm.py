"""Blind deblurring with an L0 prior: inverts ``y = M ⊗ x + e``, M unknown and the same everywhere.

The guess of the sharp picture is unnatural: it has so few edges that only those remain that a blur has not destroyed.
Its edges and the photo's give the kernel; the price of an edge falls from turn to turn.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.blind_params import EdgePriceParams
from plugins.restoration.common.blind_restoration import restore_blindly
from plugins.restoration.common.few_edges import few_edges


def run(images: Tensor, params: EdgePriceParams, run: Run) -> Result:
    """Deblur photos with kernels found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    return restore_blindly(images, params, run, lambda boldness: few_edges(boldness * params.edge_price, run.check))
