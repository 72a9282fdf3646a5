"""What a photo says about the one that it came from: the data steps of each degradation, all in closed form.

`fit` returns what minimises ``‖y - T x‖² + α ‖x - z‖²`` (Zhang 2021, eq. 7a, with α = λ σ² / σ_k²).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Protocol

import torch
from torch import Tensor

from desktop_app.numerics.filters import box_mean
from desktop_app.numerics.fourier import Frame, filtered, image_of, spectrum_of, transfer_function
from desktop_app.numerics.resize import bicubic_taps, upsample_bicubic

_SMALL_MARGIN = 8  # pixels of the small photo: four supports of the cubic


class Observation(Protocol):
    """A degraded photo; estimates may be larger than the photo that is asked for."""

    def start(self) -> Tensor:
        """Return a first estimate ``(1, C, h, w)``."""

    def fit(self, estimate: Tensor, weight: float) -> Tensor:
        """Return what agrees with the photo and lies near an estimate, the nearer the larger the weight α."""

    def finish(self, estimate: Tensor) -> Tensor:
        """Return the photo that is asked for, of the last estimate."""


@dataclass(frozen=True)
class Noisy:
    """``y = x + e``."""

    image: Tensor

    def start(self) -> Tensor:
        """Return the noisy photo."""
        return self.image

    def fit(self, estimate: Tensor, weight: float) -> Tensor:
        """Return the weighted mean."""
        return (self.image + weight * estimate) / (1.0 + weight)

    def finish(self, estimate: Tensor) -> Tensor:
        """Return the estimate."""
        return estimate


@dataclass(frozen=True)
class Punctured:
    """``y = x + e`` where `kept` is 1, nothing where it is 0."""

    image: Tensor
    kept: Tensor
    is_exact: bool

    def start(self) -> Tensor:
        """Return the photo with its holes filled by means of ever wider neighbourhoods."""
        filled, known = self.image * self.kept, self.kept.expand_as(self.image[:, :1]).clone()
        radius = 1
        while not bool(known.all()):
            share = box_mean(known, radius)
            means = box_mean(filled, radius) / share.clamp_min(1e-12)
            reached = ((known == 0.0) & (share > 0.0)).to(filled)
            filled = filled + reached * means
            known = known + reached
            radius *= 2
        return filled

    def fit(self, estimate: Tensor, weight: float) -> Tensor:
        """Return the weighted mean where the photo is known, the estimate elsewhere."""
        return (self.kept * self.image + weight * estimate) / (self.kept + weight)

    def finish(self, estimate: Tensor) -> Tensor:
        """Return the estimate, with the photo's own pixels where they are free of noise."""
        return torch.lerp(estimate, self.image, self.kept) if self.is_exact else estimate


@dataclass
class Blurred:
    """``y = M ⊗ x + e``, in a frame whose margin is filled with what the last fit looks like blurred."""

    image: Tensor
    frame: Frame
    transfer: Tensor
    known: Tensor

    @classmethod
    def of(cls, image: Tensor, kernel: Tensor) -> Blurred:
        """Return a photo ``(1, C, H, W)`` blurred by a kernel ``(h, w)``."""
        frame = Frame.for_inverse(image, kernel)
        transfer = transfer_function(kernel, frame.size)
        return cls(image, frame, transfer, frame.soften(image, frame.lay(image), transfer))

    def start(self) -> Tensor:
        """Return the blurred photo."""
        return self.known

    def fit(self, estimate: Tensor, weight: float) -> Tensor:
        """Return ``(|M|² + α)⁻¹ (M* y + α z)`` (Zhang 2021, eq. 11)."""
        spectrum = spectrum_of(self.known) * self.transfer.conj() + weight * spectrum_of(estimate)
        spectrum /= self.transfer.abs().square() + weight
        self.known = self.frame.refill(self.image, filtered(spectrum, self.transfer, self.frame.size))
        return image_of(spectrum, self.frame.size)

    def finish(self, estimate: Tensor) -> Tensor:
        """Return the estimate without the frame."""
        return self.frame.crop(estimate).clone()


@dataclass(frozen=True)
class Small:
    """``y = D·M ⊗ x``, M the bicubic kernel of `degrade.downsample`, D every `scale`-th pixel."""

    small: Tensor
    frame: Frame
    rows: Tensor
    columns: Tensor
    scale: int

    @classmethod
    def of(cls, image: Tensor, scale: int) -> Small:
        """Return a photo ``(1, C, H, W)`` that was made `scale` times smaller."""
        frame = Frame.around(image.shape[-2], image.shape[-1], (_SMALL_MARGIN, _SMALL_MARGIN))
        rows, columns = (_shrinking(scale, scale * side, image.device) for side in frame.size)
        return cls(frame.lay(image), frame, rows.view(scale, -1, 1), columns.view(scale, -1), scale)

    def start(self) -> Tensor:
        """Return the bicubic enlargement."""
        return upsample_bicubic(self.small, self.scale)

    def fit(self, estimate: Tensor, weight: float) -> Tensor:
        """Return the closed form, frequencies that alias solved together (Zhao 2016, eq. 11; Zhang 2021, eq. 13)."""
        planes = [self._fit(*pair, weight) for pair in zip(self.small[0], estimate[0], strict=True)]
        return torch.stack(planes)[None]

    def _fit(self, small: Tensor, estimate: Tensor, weight: float) -> Tensor:
        """Fit a plane; frequencies that alias are views of the one spectrum, so that little else is held."""
        height, width = self.frame.size
        data, spectrum = torch.fft.fft2(small), torch.fft.fft2(estimate)
        aliases = spectrum.view(self.scale, height, self.scale, width)
        parts = [
            (aliases[down, :, across], self.rows[down] * self.columns[across])
            for down in range(self.scale) for across in range(self.scale)
        ]
        folded, power = torch.zeros_like(data), torch.zeros_like(data.real)
        for part, transfer in parts:
            part.mul_(weight).addcmul_(data, transfer.conj())
            folded.addcmul_(part, transfer)
            power.add_(transfer.abs().square())
        count = self.scale**2
        folded.div_(count).div_(power.div_(count).add_(weight))
        for part, transfer in parts:
            part.addcmul_(folded, transfer.conj(), value=-1).div_(weight)
        return image_of(spectrum[:, : estimate.shape[1] // 2 + 1], (estimate.shape[0], estimate.shape[1]))

    def finish(self, estimate: Tensor) -> Tensor:
        """Return the estimate without the frame."""
        rows, columns = (slice(self.scale * side.start, self.scale * side.stop) for side in self.frame.inside)
        return estimate[..., rows, columns].clone()


def _shrinking(scale: int, length: int, device: torch.device) -> Tensor:
    """Return the transfer function ``(length,)`` of the cubic, stretched for shrinking, along one dimension."""
    first, weights = bicubic_taps(1, 1.0 / scale)
    taps = first + torch.arange(weights.shape[1])
    turns = torch.arange(length)[:, None] * taps % length
    angles = turns.double() * (2.0 * pi / length)
    return torch.polar(weights.expand_as(angles).contiguous(), angles).sum(1).to(device, torch.complex64)
