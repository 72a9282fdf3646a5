"""Developing: light' = roll-off(2^EV · gains · light), in linear light, encoded as sRGB again.

White balance multiplies red, green and blue so that a grey keeps its luminance; exposure multiplies all alike; above a
knee light approaches white along a hyperbola whose slope begins with 1, so that no edge shows where it sets in. Camera
raw is opened with the camera's own balance and nothing clipped, and this is the first step of its history: what was
brighter than white in the file is still there to be brought back.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.developing import automatic_exposure, balance, developed
from plugins.restoration.develop.descriptor import DevelopParams


def prepare(images: Tensor, params: DevelopParams, run: Run) -> list[float]:
    """Return each photo's exposure in stops: as given, else found."""
    run.check()
    if params.exposure is not None:
        return [params.exposure] * len(images)
    return [automatic_exposure(image.detach()) for image in images]


def run(images: Tensor, params: DevelopParams, run: Run) -> Result:
    """Develop photos ``(N, C, H, W)``, float32, encoded; values above 1 are brighter than white."""
    gains = balance(params.warmth, params.tint)
    made = [developed(image, gains, stops, params.highlights)
            for image, stops in zip(images, run.prepared, strict=True)]  # fmt: skip
    return Result(image=torch.stack(made), reports=[{"exposure": round(stops, 4)} for stops in run.prepared])
