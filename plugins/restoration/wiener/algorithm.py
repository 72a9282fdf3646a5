"""Wiener's filter: the linear estimate with the least squared error, frequency by frequency.

Inverts ``y = M ⊗ x + e`` with white noise e of standard deviation σ. The sharp photo's power is a power law of the
frequency, as natural photos have it (Field 1987), whose two numbers are fitted to the blurred photo. What lies outside
the photo is taken from the estimate, blurred, and the filter applied again, ever less cautiously (Reeves 2005): with a
long blur what came in over the borders costs more than the noise.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.fourier import image_of
from plugins.restoration.common.deblurring import deblur
from plugins.restoration.common.linear_inverse import fitted_inverse
from plugins.restoration.wiener.descriptor import WienerParams


def run(images: Tensor, params: WienerParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """

    def solve(plane: Tensor, kernel: Tensor, sigma: float, progress: Callable[[float], None]) -> Tensor:
        return _filter(plane, kernel, (sigma / 255.0) ** 2, params.strength**2, progress)

    return deblur(images, params, params.sigma, run, solve)


def _filter(
    plane: Tensor, kernel: Tensor, noise: float, strength: float, progress: Callable[[float], None]
) -> Tensor:
    inverse = fitted_inverse(plane, kernel, noise, strength, progress)
    restored: Tensor = image_of(inverse.spectrum.mul_(inverse.filter), inverse.frame.size)
    return inverse.frame.crop(restored)
