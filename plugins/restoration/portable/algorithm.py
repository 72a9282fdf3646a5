"""The learnt denoiser for pictures that are no photos: each channel is put into [0, 1], denoised as grey, put back.

The network knows photos, whose colours go together and whose values fill their range; neither holds for an X-ray, a
thermal picture or bands of a satellite. One channel in its own range looks like a grey photo in any of them. Its noise
grows with brightness where particles were counted (Foi 2008): the network is told it for every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.filters import box_mean
from desktop_app.numerics.noise import PoissonGaussian, estimate_poisson_gaussian
from plugins.restoration.common.learnt import StrengthParams, doubt
from plugins.restoration.portable.descriptor import NETWORK

_TAIL = 1e-3  # share of the values that may lie beyond either end of a channel's range: dead and hot pixels
_SAMPLE = 1 << 20  # values tell the quantiles as well as all
_NO_NOISE = 1e-3  # levels, of the channel's own range


@dataclass(frozen=True)
class _Channel:
    """A channel's range, and its noise within that range."""

    low: float
    high: float
    noise: PoissonGaussian

    @property
    def has_noise(self) -> bool:
        """Whether there is anything to remove."""
        return self.high > self.low and max(self.noise.gain, self.noise.sigma) >= _NO_NOISE


def prepare(images: Tensor, params: StrengthParams, run: Run) -> list[list[_Channel]]:  # noqa: ARG001 - the contract's
    """Return what is known of each picture's channels: range and noise."""
    return [[_channel(plane, run) for plane in image.detach()] for image in images]


def _channel(plane: Tensor, run: Run) -> _Channel:
    run.check()
    values = plane.flatten()[:: max(1, plane.numel() // _SAMPLE)].sort().values
    last = len(values) - 1
    low, high = (float(values[round(last * share)]) for share in (_TAIL, 1.0 - _TAIL))
    if not high > low:
        return _Channel(low, low, PoissonGaussian(0.0, 0.0))
    return _Channel(low, high, estimate_poisson_gaussian(((plane - low) / (high - low))[None], run.check))


def run(images: Tensor, params: StrengthParams, run: Run) -> Result:
    """Denoise pictures ``(N, C, H, W)`` with C 1 or 3, float32, of any range, each channel by itself.

    The map is the standard deviation of the error that the network expects, in levels.
    """
    restored, deviations = images.clone(), torch.zeros_like(images)
    known: list[list[_Channel]] = run.prepared
    for sample, channels in enumerate(known):
        for index, channel in enumerate(channels):
            run.check()
            if channel.has_noise:
                part = (slice(sample, sample + 1), slice(index, index + 1))
                mean, deviations[part] = _denoised(images[part], channel, run)
                restored[part] += (params.strength / 100.0) * (mean - images[part])
    return Result(image=restored, maps=[doubt(deviations)], reports=[_report(channels) for channels in known])


def _denoised(plane: Tensor, channel: _Channel, run: Run) -> tuple[Tensor, Tensor]:
    """Return a plane ``(1, 1, H, W)`` without its noise, and the deviation of its error, both in its own range."""
    span = channel.high - channel.low
    grey = (plane - channel.low) / span
    brightness = box_mean(grey, 1).clamp(min=0.0)
    noise_std = (channel.noise.gain / 255.0 * brightness + (channel.noise.sigma / 255.0) ** 2).sqrt()
    mean, deviation = run.network(NETWORK)(torch.cat([grey, noise_std], dim=1)).chunk(2, dim=1)
    return mean * span + channel.low, deviation * span


def _report(channels: list[_Channel]) -> dict[str, Any]:
    way = "the one channel as a grey photo" if len(channels) == 1 else f"each of {len(channels)} channels by itself"
    report: dict[str, Any] = {
        "way": f"{way}, in its own range",
        "ranges": [[round(one.low, 6), round(one.high, 6)] for one in channels],
        "gain": [one.noise.gain for one in channels], "sigma": [one.noise.sigma for one in channels],
    }  # fmt: skip
    if not any(one.has_noise for one in channels):
        report["headline"] = "Nothing to do: no noise was found in any channel."
    return report
