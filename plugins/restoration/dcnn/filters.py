"""The deconvolution before the network: the least-squares filter, exact or as large separable filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from desktop_app.numerics.fourier import image_of
from plugins.restoration.common.linear_inverse import fitted_inverse
from plugins.restoration.dcnn.separable import SeparableFilter, filter_side, surrounded

__all__ = ["Form", "deconvolved"]

Form = Literal["exact", "separable"]
_FLOOR = 2.0  # levels: filters of a finite size ring where less noise lets them reach farther than they are large


def deconvolved(
    plane: Tensor, kernel: Tensor, sigma: float, form: Form, progress: Callable[[float], None]
) -> Tensor:
    """Return a plane ``(H, W)`` float32 deconvolved with a kernel ``(h, w)``.

    Parameters
    ----------
    sigma : float
        Noise in 8-bit levels.
    form : {"exact", "separable"}
        All of the filter at once, in the frequency domain; or its strongest parts, each a column times a row.
    progress : callable
        Told how far the work is, 0 to 1; may raise to stop.
    """
    levels = sigma if form == "exact" else max(sigma, _FLOOR)
    inverse = fitted_inverse(plane, kernel, (levels / 255.0) ** 2, 1.0, progress)
    if form == "exact":
        return inverse.frame.crop(image_of(inverse.spectrum * inverse.filter, inverse.frame.size))
    parts = SeparableFilter.of(inverse.compact(kernel, filter_side(kernel)))
    known = image_of(inverse.spectrum, inverse.frame.size)
    return parts.on(surrounded(inverse, known, parts.reach), lambda: progress(1.0))
