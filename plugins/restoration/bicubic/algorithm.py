"""Bicubic enlargement by the convention of the published figures (Keys 1981, eq. 15 with a = -1/2).

It inverts nothing: pixels of the small photo are joined by cubics, and what ``y = D·M ⊗ x`` lost stays lost.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.resize import upsample_bicubic
from plugins.restoration.common.params import ScaleParams


def run(images: Tensor, params: ScaleParams, run: Run) -> Result:
    """Enlarge photos.

    Photos are ``(N, C, H, W)`` float32; overshoot beside edges is kept.
    """
    return Result(image=upsample_bicubic(images, params.scale, run.check))
