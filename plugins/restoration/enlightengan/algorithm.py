"""The brightener: one pass of its network, which knows how the whole photo looks and how noisy it is."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.noise import estimate_sigma
from plugins.restoration.common.lowlight import colour_lost, without_false_colour
from plugins.restoration.enlightengan.descriptor import EnlightenParams
from plugins.restoration.enlightengan.network import attention, conditioned, look, square_root

_CLEAN, _NOISY = 0.3, 1.2  # levels of noise in the square root: that of rounding, and that which is seen when lit


def prepare(images: Tensor, params: EnlightenParams, run: Run) -> tuple[Tensor, Tensor]:
    """Return how the whole photos ``(N, C, H, W)`` look, and how far each is to be softened, for all of their tiles."""
    run.check()
    if params.smoothing is not None:
        return look(images), images.new_full((len(images), 1), params.smoothing / 100.0)
    noise = [estimate_sigma(square_root(image.detach()), run.check) for image in images]
    shares = [[min(max((sigma - _CLEAN) / (_NOISY - _CLEAN), 0.0), 1.0)] for sigma in noise]
    return look(images), images.new_tensor(shares)


def run(images: Tensor, params: EnlightenParams, run: Run) -> Result:
    """Brighten photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept.

    The map is the attention ``1 - I`` by which the network may change a place.
    """
    run.check()
    told, softened = (numbers.to(images) for numbers in run.prepared)
    found = run.network(params.network)(conditioned(images, told, softened))
    bright = without_false_colour(images, found, colour_lost(images))
    heed = Map(
        name="attention", values=attention(images.detach())[:, 0], kind="estimate", unit="share", colormap="magma",
        meaning="How dark each place was, and so how far the network was let change it; bright places are left alone.",
    )
    reports = [{"smoothing": round(100.0 * float(share))} for share in softened]
    return Result(image=torch.lerp(images, bright, params.strength / 100.0), maps=[heed], reports=reports)
