"""What black and white do to noise: values that would lie beyond them are cut off, and means near them move inwards.

A denoiser finds the mean of what it is given. In a photo of 8 or 16 bits that is not the truth where it is dark or
bright: at black, of noise with standard deviation σ the half below is missing, and the mean is 0.4 σ too bright
(Foi 2009, Clipped noisy images, doi:10.1016/j.sigpro.2009.04.035).
"""

from __future__ import annotations

from math import pi, sqrt

import torch
from torch import Tensor

__all__ = ["before_clipping", "clipped_mean", "is_within_ends", "share_left"]

_STEPS = 4097  # of a table from black to white; between them the curve is all but straight
_ROOM = 1e-6  # a value of 1 may come out a float's last bit beyond it


def is_within_ends(image: Tensor) -> bool:
    """Return whether no value of a photo ``(C, H, W)`` float32 lies beyond 0 and 1, so that noise was cut off there."""
    return float(image.amin()) >= -_ROOM and float(image.amax()) <= 1.0 + _ROOM


def clipped_mean(values: Tensor, sigma: float) -> Tensor:
    """Return the mean of values with noise after what lies beyond 0 and 1 was cut off, of the same shape.

    Parameters
    ----------
    values : Tensor
        Of any shape and floating dtype: the truth, in [0, 1].
    sigma : float
        Standard deviation of white Gaussian noise in 8-bit levels, above 0.
    """
    spread = sigma / 255.0
    return _beyond_zero(values, spread) - _beyond_zero(values - 1.0, spread)


def before_clipping(means: Tensor, sigma: float) -> Tensor:
    """Return the values in [0, 1] of which `clipped_mean` is nearest to those given, of the same shape and dtype.

    Parameters
    ----------
    means : Tensor
        Of any shape and floating dtype.
    sigma : float
        In 8-bit levels; 0 where there is no noise that could have been cut off.
    """
    if sigma <= 0.0:
        return means.clamp(0.0, 1.0)
    truth = torch.linspace(0.0, 1.0, _STEPS, dtype=torch.float64)
    return _read(means, clipped_mean(truth, sigma), truth)


def share_left(means: Tensor, sigma: float) -> Tensor:
    """Return by how much noise is less where it was cut off: standard deviations of the rest, by `sigma`.

    Parameters
    ----------
    means : Tensor
        Of any shape and floating dtype: what the noisy photo is on average at each place, after the cut.
    sigma : float
        In 8-bit levels; 0 where there is no noise that could have been cut off.

    Returns
    -------
    Tensor
        Of the same shape and dtype, from 0.58 of a place that is black or white to 1 far from both.
    """
    if sigma <= 0.0:
        return torch.ones_like(means)
    truth, spread = torch.linspace(0.0, 1.0, _STEPS, dtype=torch.float64), sigma / 255.0
    mean = clipped_mean(truth, sigma)
    beyond = _beyond_zero(truth - 1.0, spread)
    square = _square_beyond_zero(truth, spread) - _square_beyond_zero(truth - 1.0, spread) - 2.0 * beyond
    return _read(means, mean, (square - mean.square()).clamp_min(0.0).sqrt() / spread)


def _read(means: Tensor, rising: Tensor, values: Tensor) -> Tensor:
    """Return what a table ``(n,)`` of `values` has at means that it has in a `rising` order, between its rows."""
    mean, truth = (part.to(means) for part in (rising, values))
    upper = torch.searchsorted(mean, means.contiguous()).clamp(1, _STEPS - 1)
    low, high = mean[upper - 1], mean[upper]
    share = ((means - low) / (high - low).clamp_min(torch.finfo(means.dtype).tiny)).clamp(0.0, 1.0)
    return truth[upper - 1] + share * (truth[upper] - truth[upper - 1])


def _beyond_zero(values: Tensor, spread: float) -> Tensor:
    """Return the mean of what of normal noise around values lies above 0: ``x Φ(x/σ) + σ φ(x/σ)``."""
    scaled = values / spread
    density = torch.exp(-0.5 * scaled.square()) / sqrt(2.0 * pi)
    below: Tensor = torch.special.ndtr(scaled)
    return values * below + spread * density


def _square_beyond_zero(values: Tensor, spread: float) -> Tensor:
    """Return the mean square of what of normal noise around values lies above 0."""
    scaled = values / spread
    density = torch.exp(-0.5 * scaled.square()) / sqrt(2.0 * pi)
    below: Tensor = torch.special.ndtr(scaled)
    return (values.square() + spread**2) * below + values * spread * density
