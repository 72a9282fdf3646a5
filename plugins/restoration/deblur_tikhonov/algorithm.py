"""Tikhonov regularisation: ``‖M ⊗ x - y‖² + λ ‖D^k x‖²`` is minimised, in one step in the Fourier domain.

Inverts ``y = M ⊗ x + e``. λ is the one whose blurred result is expected closest to the photo without its noise.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.fourier import filtered, gradient_power, spectrum_of
from desktop_app.numerics.spectra import least_risk_weight, sampled_spectrum
from plugins.restoration.common.deblurring import deblur, framed
from plugins.restoration.deblur_tikhonov.descriptor import TikhonovParams

_ORDERS = {"size": 0, "slope": 1, "bend": 2}
_TURNS = 3  # in which the surroundings are found, as the result has them when blurred (Reeves 2005)
_LEAST_WEIGHT = 1e-9  # below, single precision has no digits left where the kernel lets nothing through


def run(images: Tensor, params: TikhonovParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """

    def solve(plane: Tensor, kernel: Tensor, sigma: float, progress: Callable[[float], None]) -> Tensor:
        return _solve(plane, kernel, (sigma / 255.0) ** 2, params, progress)

    return deblur(images, params, params.sigma, run, solve)


def _solve(
    plane: Tensor, kernel: Tensor, noise: float, params: TikhonovParams, progress: Callable[[float], None]
) -> Tensor:
    frame, transfer, known = framed(plane, kernel)
    spectrum = spectrum_of(known)
    order = _ORDERS[params.penalty]
    weight = params.weight
    if weight is None:
        weight = least_risk_weight(sampled_spectrum(spectrum, transfer, frame.size), noise, order)
    power = gradient_power(frame.size, plane.device).pow_(order).mul_(max(weight, _LEAST_WEIGHT))
    power.addcmul_(transfer.real, transfer.real).addcmul_(transfer.imag, transfer.imag).clamp_min_(1e-12)
    inverse = transfer.conj() / power  # the normal equations (MᵀM + λ DᵀD) x = Mᵀ y
    for turn in range(_TURNS):
        progress((turn + 1) / (_TURNS + 2))
        known = frame.refill(plane, filtered(spectrum, inverse * transfer, frame.size))
        spectrum = spectrum_of(known)
    return frame.crop(filtered(spectrum, inverse, frame.size))
