"""Crop: y[i, j] = x[top + i, left + j]. No value is changed, so that it is exact in any depth."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.crop.descriptor import CropParams, rectangle


def run(images: Tensor, params: CropParams, run: Run) -> Result:
    """Keep a rectangle.

    Photos are ``(N, C, H, W)`` float32. The report says where it lay: ``kept``, in pixels of the photo.
    """
    run.check()
    top, left, height, width = rectangle(params, (images.shape[-2], images.shape[-1]))
    kept = images[..., top : top + height, left : left + width].clone()
    place = {"left": left, "top": top, "width": width, "height": height}
    return Result(image=kept, reports=[{"kept": place} for _ in images])
