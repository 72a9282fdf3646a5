"""Whether a photo needs what is about to be done to it: a quiet word beforehand, which keeps nobody from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import TargetSpec, ToolRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop_app.core.application import Application
    from desktop_app.core.plugins.entries import ToolEntry

_SIDE = 512  # pixels of the part in the middle that is looked at
_LITTLE = 1.8  # levels: from about two on, denoising mended more than it cost on all photos that were tried
_PART = 256  # pixels of the part on which a denoiser is tried
_CLEARLY = 1.15  # by how much the error that is left must be larger than the noise: both are estimates
_TASK, _NOISE = "denoise", "sigma"
_STEIN = "uncertainty.sure"


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

    sigma = estimate_noise(torch.from_numpy(raster.planes(*_middle(raster, _SIDE))), check)
    if sigma >= _LITTLE:
        return ""
    return f"This photo seems to need no denoising: its noise is about {sigma:.1f} levels, and detail would go with it."


def may_be_tried(entry: ToolEntry) -> bool:
    """Return whether a denoiser is quick enough to be tried beforehand: a network of its own looks once."""
    return entry.task == _TASK and bool(entry.models)


def costs_more(application: Application, request: ToolRequest, raster: Raster) -> str:
    """Return a sentence where a denoiser would leave a larger error than the noise that it is to remove.

    It is tried on the photo's middle, with the parameters as they are. The error that it would leave is known without
    the truth, by Stein's estimate for the noise that is found there (`uncertainty.sure`): right for white noise.

    Raises
    ------
    VerilensError
        If the denoiser cannot be run.
    """
    import numpy as np
    import torch

    from desktop_app.numerics.noise import estimate_noise

    top, left, height, width = _middle(raster, _PART)
    part = Raster(np.ascontiguousarray(raster.pixels[top : top + height, left : left + width]))
    sigma = estimate_noise(torch.from_numpy(part.planes()))
    params = {"sigma": max(sigma, 0.5), "probes": 1}
    asked = ToolRequest(_STEIN, params, request.seed, (TargetSpec(request.tool, request.params),), request.device)
    left_over = float(application.engine.run(asked, part, exact_16=False).report["rmse_estimated"])
    if left_over <= _CLEARLY * params["sigma"]:
        return ""
    return (f"This would cost more detail than there is noise: of about {sigma:.1f} levels of noise it makes an error "
            f"of {left_over:.1f} (Stein's estimate, from the photo's middle). Less strength, or a lower σ, keeps more.")


def _middle(raster: Raster, side: int) -> tuple[int, int, int, int]:
    """Return top, left, height and width of the middle of a photo, at most so many pixels high and wide."""
    height, width = min(side, raster.height), min(side, raster.width)
    return (raster.height - height) // 2, (raster.width - width) // 2, height, width
