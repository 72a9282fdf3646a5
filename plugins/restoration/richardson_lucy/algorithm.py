"""Richardson and Lucy's ascent of the likelihood of counted light, with total variation (Dey 2006).

Inverts ``y = M ⊗ x`` with Poisson noise: values are intensities, so that negative ones are taken as zero. The sum runs
over the photo's pixels alone, and what lies outside is found with it (Bertero and Boccacci 2005).

Steps carry on the way that the last ones went (Biggs and Andrews 1997), and each counts as many plain ones as
it is long: thirty plain steps take about thirteen. On 16 photos under five kernels and noise of 0.5, 2.5 and 8
levels the result was on average 0.02 dB above that of thirty plain steps; under a kernel of nine pixels and noise of 8
levels, where both have long gone too far, it was up to 0.6 dB below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.differences import gradients, gradients_adjoint
from desktop_app.numerics.fourier import Frame, image_of, spectrum_of, transfer_function
from desktop_app.numerics.separable import Separable, separated
from plugins.restoration.common.deblurring import deblur
from plugins.restoration.richardson_lucy.descriptor import RichardsonLucyParams

_DARKEST = 1e-4  # a fortieth of a level: below, quotients have no meaning
_SEEN = 1e-2  # share of its light that a pixel outside must send into the photo to be found
_FLAT = 1e-3  # length of a gradient, a quarter of a level, below which its direction has no meaning
_STEADY = 4.0  # times the weight: shorter gradients would swing from step to step
_BOLDEST = 0.7  # share of the last way that is carried on: more saves few steps, and makes more of noise


def run(images: Tensor, params: RichardsonLucyParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; negative values are taken as 0, those above 1 as they are.
    """

    def solve(plane: Tensor, kernel: Tensor, _sigma: float, progress: Callable[[float], None]) -> Tensor:
        return _ascend(plane.clamp(min=0.0), kernel, params, progress)

    return Result(image=deblur(images, params, 0.0, run, solve).image)


@dataclass(frozen=True)
class _Spectral:
    """The blur of a framed photo and its adjoint, by Fourier transforms."""

    frame: Frame
    transfer: Tensor
    adjoint: Tensor
    ratio: Tensor  # zero outside the photo, and inside written anew at every step

    def blurred(self, start: Tensor) -> Tensor:
        """Return a framed estimate blurred, its photo ``(h, w)`` alone."""
        return self.frame.crop(image_of(spectrum_of(start).mul_(self.transfer), self.frame.size))

    def back(self) -> Tensor:
        """Return the adjoint of `ratio`, framed."""
        return image_of(spectrum_of(self.ratio).mul_(self.adjoint), self.frame.size)

    @property
    def inner(self) -> Tensor:
        """The photo's part of `ratio`."""
        return self.frame.crop(self.ratio)


@dataclass(frozen=True)
class _Taps:
    """The same by a kernel that is a column times a row."""

    frame: Frame
    kernel: Separable
    ratio: Tensor  # with a rim into which the kernel carries nothing

    @classmethod
    def of(cls, frame: Frame, kernel: Separable, like: Tensor) -> _Taps:
        rim = [2 * (len(line) - 1) for line in (kernel.column, kernel.row)]
        return cls(frame, kernel, like.new_zeros(frame.height + rim[0], frame.width + rim[1]))

    def blurred(self, start: Tensor) -> Tensor:
        """Return a framed estimate blurred, its photo ``(h, w)`` alone."""
        return self.kernel.convolve(start[self._reached])

    def back(self) -> Tensor:
        """Return the adjoint of `ratio`, framed."""
        whole = self.ratio.new_zeros(self.frame.size)
        whole[self._reached] = self.kernel.correlate(self.ratio)
        return whole

    @property
    def inner(self) -> Tensor:
        """The photo's part of `ratio`."""
        top, left = len(self.kernel.column) - 1, len(self.kernel.row) - 1
        return self.ratio[top : top + self.frame.height, left : left + self.frame.width]

    @property
    def _reached(self) -> tuple[slice, slice]:
        """Which of the frame's pixels send light into the photo."""
        sides = zip(self.frame.inside, (len(self.kernel.column), len(self.kernel.row)), strict=True)
        rows, columns = (slice(side.start - (size - 1 - size // 2), side.stop + size // 2) for side, size in sides)
        return rows, columns


@dataclass(frozen=True)
class _Light:
    """A photo ``(h, w)`` in its frame, and what a step towards its likeliest light needs beside an estimate of it."""

    plane: Tensor
    frame: Frame
    blur: _Spectral | _Taps
    scale: Tensor
    unseen: Tensor
    variation: float

    @classmethod
    def of(cls, plane: Tensor, kernel: Tensor, variation: float) -> _Light:
        frame = Frame.around(plane.shape[0], plane.shape[1], (kernel.shape[0] // 2, kernel.shape[1] // 2))
        product = separated(kernel)
        blur = _spectral(frame, kernel, plane) if product is None else _Taps.of(frame, product, plane)
        blur.inner.fill_(1.0)
        return cls(plane, frame, blur, *_visibility(blur.back()), variation)

    def step(self, start: Tensor, progress: Callable[[], None]) -> Tensor:
        """Return the framed estimate after Richardson and Lucy's step from `start`."""
        torch.div(self.plane, self.blur.blurred(start).clamp_min_(_DARKEST), out=self.blur.inner)
        progress()
        factor = self.blur.back()
        if self.variation:
            curvature = _curvature(start, max(_FLAT, _STEADY * self.variation))
            factor.div_(curvature.mul_(self.variation).add_(1.0))  # Dey 2006, eq. 12
        return torch.addcmul(self.unseen, factor, self.scale, out=factor).mul_(start).clamp_min_(_DARKEST)


def _spectral(frame: Frame, kernel: Tensor, like: Tensor) -> _Spectral:
    transfer = transfer_function(kernel, frame.size)
    return _Spectral(frame, transfer, transfer.conj().resolve_conj(), like.new_zeros(frame.size))


def _ascend(
    plane: Tensor, kernel: Tensor, params: RichardsonLucyParams, progress: Callable[[float], None]
) -> Tensor:
    """Return the estimate that is as far along its way as the plain method is after so many steps.

    It starts ahead of the estimate, where a share of the last way leads (Biggs and Andrews 1997). If the way is
    straight, that makes a step as long as ``1 + share · length of the last`` plain ones.
    """
    light = _Light.of(plane, kernel, params.variation)
    estimate = light.frame.lay(plane).clamp_min_(_DARKEST)
    before = estimate.clone()
    changes: tuple[Tensor | None, Tensor | None] = (None, None)
    done, length = 0.0, 1.0
    while (left := params.iterations - done) > 0.5:
        share = min(_carried_on(*changes), max(0.0, (left - 1.0) / length))
        start = torch.lerp(before, estimate, 1.0 + share, out=before).clamp_min_(_DARKEST)
        after = light.step(start, partial(progress, done / params.iterations))
        changes = changes[1], torch.sub(after, start, out=start)
        before, estimate = estimate, after
        length = 1.0 + share * length
        done += length
    return light.frame.crop(estimate).clone()


def _carried_on(earlier: Tensor | None, later: Tensor | None) -> float:
    """Return the share of the last way that is gone once more, by what the last two steps changed (their α)."""
    if earlier is None or later is None:
        return 0.0
    size = float(torch.dot(earlier.flatten(), earlier.flatten()))
    agreement = float(torch.dot(earlier.flatten(), later.flatten()))
    return min(max(0.0, agreement / size), _BOLDEST) if size > 0.0 else 0.0


def _visibility(share: Tensor) -> tuple[Tensor, Tensor]:
    """Return one over the share of its light that each pixel sends into the photo, and 1 where that is too little.

    Bertero and Boccacci 2005, eq. 14; a pixel that is not seen keeps its value.
    """
    is_seen = share > _SEEN
    return torch.where(is_seen, 1.0 / share, torch.zeros_like(share)), (~is_seen).to(share)


def _curvature(latent: Tensor, flat: float) -> Tensor:
    """Return ``-div(∇x / √(|∇x|² + flat²))`` of a plane that wraps around."""
    across, down = gradients(latent)
    scale = torch.mul(across, across).addcmul_(down, down).add_(flat**2).rsqrt_()
    return gradients_adjoint(across.mul_(scale), down.mul_(scale))
