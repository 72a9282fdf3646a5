"""How strongly to regularise a deconvolution, read off a sample of the blurred photo's spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.numerics.fourier import gradient_power

__all__ = ["SpectrumSample", "least_risk_weight", "power_law", "sampled_spectrum"]

_SAMPLES = 1024
_GOLDEN = 0.6180339887498949  # its multiples, modulo one, are spread evenly at any count
_LOG_STEP = 0.4
_EXPONENTS = tuple(0.25 * step for step in range(3, 9))


@dataclass(frozen=True)
class SpectrumSample:
    """Some frequencies of a blurred photo, the mean left out: float64 on the CPU, since not every GPU has float64.

    Parameters
    ----------
    power : Tensor
        ``(n,)`` of the photo, divided by its number of pixels: of white noise it is the variance.
    transfer_power : Tensor
        ``(n,)`` of the kernel, ``|M(f)|²``.
    steepness : Tensor
        ``(n,)`` of the differences, ``|D(f)|²``: about the squared frequency.
    """

    power: Tensor
    transfer_power: Tensor
    steepness: Tensor


def sampled_spectrum(spectrum: Tensor, transfer: Tensor, size: tuple[int, int]) -> SpectrumSample:
    """Return a sample, always the same frequencies.

    Parameters
    ----------
    spectrum, transfer : Tensor
        ``(height, width // 2 + 1)`` complex: of the photo, of the kernel.
    size : tuple of int
        Height and width in pixels.
    """
    count = spectrum.numel() - 1
    turns = torch.arange(1, min(_SAMPLES, count) + 1, dtype=torch.float64) * _GOLDEN
    chosen = 1 + (turns.frac() * count).long().to(spectrum.device)
    power, transfer_power, steepness = (
        values.flatten()[chosen].abs().cpu().double()
        for values in (spectrum, transfer, gradient_power(size, spectrum.device))
    )
    return SpectrumSample(power.square() / (size[0] * size[1]), transfer_power.square(), steepness)


def power_law(sample: SpectrumSample, noise_variance: float) -> tuple[float, float]:
    """Return scale A and exponent p of the sharp photo's expected power ``A · |D(f)|^(-2p)``.

    They make the sample most likely, whose power is then exponentially distributed around ``|M|² A |D|^(-2p) + σ²``.

    Parameters
    ----------
    sample : SpectrumSample
        Of the blurred and noisy photo.
    noise_variance : float
        σ², of values in [0, 1].

    References
    ----------
    Whittle 1953, Estimation and information in stationary time series, doi:10.1007/BF02590998
    """
    exponents = torch.tensor(_EXPONENTS, dtype=torch.float64)[:, None, None]
    scales = _logarithmic(-16.0, 0.0)[None, :, None]
    expected = (scales - exponents * sample.steepness.log()).exp() * sample.transfer_power + noise_variance
    cost = (expected.log() + sample.power / expected).sum(-1)
    best = int(cost.argmin())
    return float(scales.flatten()[best % scales.numel()].exp()), _EXPONENTS[best // scales.numel()]


def least_risk_weight(sample: SpectrumSample, noise_variance: float, order: int) -> float:
    """Return the weight λ of ``‖M ⊗ x - y‖² + λ ‖D^order x‖²`` whose blurred result is expected closest to the truth.

    Parameters
    ----------
    sample, noise_variance : SpectrumSample, float
        As `power_law` takes them.
    order : int
        Of the differences that are kept small.

    References
    ----------
    Mallows 1973, Some comments on C_p, doi:10.1080/00401706.1973.10489103: the predictive risk
    ``Σ (1 - h)² |Y|² + 2 σ² h`` of a filter h
    """
    weights = _logarithmic(-16.0, 4.0)[:, None]
    share = sample.transfer_power / (sample.transfer_power + weights.exp() * sample.steepness**order)
    risk = ((1.0 - share).square() * sample.power + 2.0 * noise_variance * share).sum(-1)
    return float(weights[int(risk.argmin())].exp())


def _logarithmic(low: float, high: float) -> Tensor:
    return torch.arange(low, high, _LOG_STEP, dtype=torch.float64)
