"""Drop removal: one pass of its network, which tells where drops lie and what is behind them."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.restoration.common.learnt import StrengthParams, doubt
from plugins.restoration.raindrop.descriptor import NETWORK


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Take drops out of photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept.

    The maps are how likely a drop is at each pixel, and the standard deviation of the error that the network expects.
    """
    run.progress(0.0, "looking for drops")
    run.check()
    channels = images.shape[1]
    mean, deviation, drops = run.network(NETWORK)(images).split((channels, channels, 1), dim=1)
    found = Map(
        name="drops", values=drops.detach()[:, 0], kind="estimate", unit="share", colormap="viridis",
        meaning="How likely a drop hides the pixel, by the network's own reckoning; the photo is changed there alone.",
    )
    return Result(image=images + (params.strength / 100.0) * (mean - images), maps=[found, doubt(deviation)])
