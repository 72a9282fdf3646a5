"""Water: I = J N^(D + d) + B N^D (1 − N^d), with the share N of each colour that a metre of water lets through.

d is the distance to the subject and D the depth of the dive: daylight loses N^D on its way down, the subject's light a
further N^d on its way to the camera, and the water scatters what it takes, B N^D (1 − N^d). On encoded values, as
published underwater sets are made.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.underwater.descriptor import UnderwaterParams

# Of red, green, blue light through one metre: Li, Anwar, Porikli 2020, table 1
_THROUGH_A_METRE = {
    "I": (0.85, 0.961, 0.982), "IA": (0.84, 0.955, 0.975), "IB": (0.83, 0.950, 0.968), "II": (0.80, 0.925, 0.940),
    "III": (0.75, 0.885, 0.890), "1": (0.75, 0.885, 0.875), "3": (0.71, 0.820, 0.800), "5": (0.67, 0.730, 0.670),
    "7": (0.62, 0.610, 0.500), "9": (0.55, 0.460, 0.290),
}


def run(images: Tensor, params: UnderwaterParams, run: Run) -> Result:
    """Put photos under water; a grey one loses what green loses.

    Photos are ``(N, C, H, W)`` float32. The run's input ``depth``, ``(N, 1, H, W)`` in [0, 1], if there is one: a share
    of the distance.
    """
    run.check()
    share = torch.tensor(_THROUGH_A_METRE[params.water]).to(images).view(1, 3, 1, 1)
    if images.shape[1] == 1:
        share = share[:, 1:2]
    depth = run.inputs["depth"][:, :1].clamp(min=0.0) if "depth" in run.inputs else images.new_ones(1, 1, 1, 1)
    through = share ** (params.distance * depth)
    daylight = share**params.dive
    veil = params.veil / 255.0
    return Result(image=(images * through + veil * (1.0 - through)) * daylight)
