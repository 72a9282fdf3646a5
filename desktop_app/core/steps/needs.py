"""Whether a photo needs what is about to be done to it: a quiet word beforehand, which keeps nobody from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import ToolRequest

_SIDE = 512  # pixels of the part in the middle that is looked at
_LITTLE = 1.8  # levels: from about two on, denoising mended more than it cost on all photos that were tried
_TASK, _NOISE = "denoise", "sigma"


def may_need_nothing(request: ToolRequest) -> bool:
    """Return whether it is worth looking: a denoiser that is to find the noise by itself."""
    is_left_to_it = _NOISE in request.params and request.params[_NOISE] is None
    return request.tool.partition(".")[0] == _TASK and is_left_to_it


def needs_nothing(raster: Raster, check: Callable[[], None] = lambda: None) -> str:
    """Return a sentence where a photo has so little noise that removing it costs more detail than it mends.

    Parameters
    ----------
    raster : Raster
        The photo; its middle is looked at.
    check : callable
        Called often; may raise to stop.
    """
    import torch

    from desktop_app.numerics.noise import estimate_noise

    top, left = max(0, (raster.height - _SIDE) // 2), max(0, (raster.width - _SIDE) // 2)
    height, width = min(_SIDE, raster.height), min(_SIDE, raster.width)
    sigma = estimate_noise(torch.from_numpy(raster.planes(top, left, height, width)), check)
    if sigma >= _LITTLE:
        return ""
    return f"This photo seems to need no denoising: its noise is about {sigma:.1f} levels, and detail would go with it."
