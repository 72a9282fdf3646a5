"""Values that are no number, filled from their neighbours (Gortler et al. 1996, section 3.6).

Pull: the known values are averaged over 2 × 2, again and again, until nothing is missing. Push: from the coarsest
picture up, what is missing takes the smooth enlargement of the next coarser one. Holes of one pixel get the mean of
what is around them, large ones a surface without edges.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import NoParams, Result, Run, ToolError


def run(images: Tensor, _params: NoParams, run: Run) -> Result:
    """Fill photos ``(N, C, H, W)`` float32; infinite values are missing, too."""
    known = images.isfinite()
    if not bool(known.flatten(2).any(2).all()):
        raise ToolError("inpaint.missing: expected some value in each colour, got one without; choose another photo")
    filled = _filled(torch.where(known, images, 0.0), known.to(images), run)
    missing = (~known).flatten(1).sum(1).tolist()
    return Result(image=torch.where(known, images, filled), reports=[{"filled_values": count} for count in missing])


def _filled(values: Tensor, weight: Tensor, run: Run) -> Tensor:
    """Return values ``(N, C, H, W)`` with those of weight 0 filled; a weight says how far a value is known, 0 to 1."""
    run.check()
    if bool((weight > 0).all()):
        return values
    height, width = values.shape[-2:]
    padding = (0, width % 2, 0, height % 2)
    mass, total = (F.avg_pool2d(F.pad(each, padding), 2) for each in (weight, values * weight))
    coarse = torch.where(mass > 0, total / mass.clamp_min(1e-12), 0.0)
    below = _filled(coarse, (4.0 * mass).clamp_max(1.0), run)
    smooth = F.interpolate(below, scale_factor=2, mode="bilinear", align_corners=False)[..., :height, :width]
    return torch.where(weight > 0, values, smooth)
