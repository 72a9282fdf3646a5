"""Convolution through the Fourier transform, of photos whose surroundings are not known.

A photo is laid into a larger periodic frame, so that what a kernel carries over one side never reaches the other. The
margin is first filled smoothly; a method that knows what its estimate looks like blurred then fills it with that
(`Frame.refill`), which is the majorisation of a data term that ends at the photo's border.

References
----------
Reeves 2005, Fast image restoration without boundary artifacts, doi:10.1109/TIP.2005.854474
Almeida, Figueiredo 2013, Deconvolving images with unknown boundaries using the alternating direction method of
multipliers, doi:10.1109/TIP.2013.2258354
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from desktop_app.numerics.borders import mirror

__all__ = [
    "Frame",
    "convolve",
    "filtered",
    "good_length",
    "gradient_power",
    "image_of",
    "spectrum_of",
    "transfer_function",
]

_PRIMES = (2, 3, 5)


def good_length(length: int) -> int:
    """Return the smallest length from `length` on whose Fourier transform is fast: even, of factors 2, 3 and 5.

    Examples
    --------
    >>> good_length(1038)
    1080
    """
    candidate = max(2, length + length % 2)
    while not _is_smooth(candidate):
        candidate += 2
    return candidate


def _is_smooth(length: int) -> bool:
    for prime in _PRIMES:
        while length % prime == 0:
            length //= prime
    return length == 1


def transfer_function(kernel: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the transfer function of a kernel: multiplied with a spectrum it convolves.

    Parameters
    ----------
    kernel : Tensor
        ``(…, h, w)`` real, its centre at pixel ``(h // 2, w // 2)``; no larger than `size`.
    size : tuple of int
        Height and width of the frame.

    Returns
    -------
    Tensor
        ``(…, height, width // 2 + 1)`` complex: two small products, which take less than a transform of zeros.
    """
    height, width = kernel.shape[-2:]
    values = kernel.to(kernel.dtype.to_complex())
    rows = _waves(torch.arange(size[0]), height, size[0]).to(values)
    columns = _waves(torch.arange(size[1] // 2 + 1), width, size[1]).to(values)
    return rows @ (values @ columns.T)


def _waves(frequencies: Tensor, side: int, period: int) -> Tensor:
    """Return ``(frequencies, side)``: the waves at the kernel's pixels, whose phases are taken exactly."""
    turns = frequencies[:, None] * (torch.arange(side) - side // 2) % period
    angles = turns.double() * (-2.0 * pi / period)
    return torch.polar(torch.ones_like(angles), angles)


def spectrum_of(images: Tensor) -> Tensor:
    """Return the complex spectrum ``(…, H, W // 2 + 1)`` of float photos ``(…, H, W)``."""
    spectrum: Tensor = torch.fft.rfft2(images)
    return spectrum


def image_of(spectrum: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the float photos ``(…, *size)`` of spectra: two passes of one dimension, which need no copy to work on."""
    images: Tensor = torch.fft.irfft(torch.fft.ifft(spectrum, dim=-2), n=size[1])
    return images


def filtered(spectrum: Tensor, transfer: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the float photo ``(…, H, W)`` of a spectrum times a transfer function."""
    return image_of(spectrum * transfer, size)


def convolve(images: Tensor, transfer: Tensor) -> Tensor:
    """Return float photos ``(…, H, W)`` convolved with a kernel of this transfer function; they wrap around."""
    return filtered(spectrum_of(images), transfer, (images.shape[-2], images.shape[-1]))


def gradient_power(size: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """Return ``|D(f)|²`` of the forward differences to the right and below, ``(height, width // 2 + 1)`` float32."""
    rows = 2.0 - 2.0 * torch.cos(2.0 * pi * torch.fft.fftfreq(size[0], device=device))
    columns = 2.0 - 2.0 * torch.cos(2.0 * pi * torch.fft.rfftfreq(size[1], device=device))
    return rows[:, None] + columns


@dataclass(frozen=True)
class Frame:
    """A periodic frame around photos of one size.

    Parameters
    ----------
    height, width : int
        Of the photo, in pixels.
    top, left : int
        Rows above and columns left of the photo; at least as many lie below and to the right.
    size : tuple of int
        Height and width of the frame, both good for Fourier transforms.
    """

    height: int
    width: int
    top: int
    left: int
    size: tuple[int, int]

    @classmethod
    def around(cls, height: int, width: int, margin: tuple[int, int]) -> Frame:
        """Return the frame with a margin of at least so many rows and columns on each side."""
        size = good_length(height + 2 * margin[0]), good_length(width + 2 * margin[1])
        return cls(height, width, (size[0] - height) // 2, (size[1] - width) // 2, size)

    @classmethod
    def for_inverse(cls, plane: Tensor, kernel: Tensor) -> Frame:
        """Return the frame around a float plane ``(…, H, W)`` for a kernel ``(…, h, w)`` to be undone in.

        Its margin is twice the kernel's reach, for an inverse filter reaches further than its kernel.
        """
        return cls.around(plane.shape[-2], plane.shape[-1], (kernel.shape[-2], kernel.shape[-1]))

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns of the photo within the frame."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def crop(self, framed: Tensor) -> Tensor:
        """Return the float photo ``(…, height, width)`` within a framed one; a view."""
        rows, columns = self.inside
        return framed[..., rows, columns]

    def lay(self, images: Tensor) -> Tensor:
        """Return photos ``(…, height, width)`` in the frame, continued so that opposite sides meet without an edge.

        Both sides are mirrored into the margin between them, and one fades into the other.
        """
        framed = _continue(images, -2, self.top, self.size[0])
        return _continue(framed, -1, self.left, self.size[1])

    def soften(self, images: Tensor, framed: Tensor, transfer: Tensor) -> Tensor:
        """Return framed float photos ``(…, H, W)``, their margin blurred by the kernel to and fro.

        What lies outside then holds nothing that the kernel would not have let through, and a deconvolution finds
        nothing to amplify; it gains one to three decibels over a mirrored margin where the noise is low.
        """
        power = transfer.real.square().add_(transfer.imag.square())
        return self.refill(images, filtered(spectrum_of(framed), power, self.size))

    def refill(self, images: Tensor, blurred: Tensor) -> Tensor:
        """Return the float estimate ``(…, *size)`` with the photo put back where it is known; `blurred` is changed.

        With it as the data, ``‖K x - refilled‖²`` touches the data term of the photo alone at the estimate, and lies
        above it elsewhere: to minimise one decreases the other (Reeves 2005, section III).
        """
        self.crop(blurred).copy_(images)
        return blurred


def _continue(images: Tensor, dim: int, before: int, length: int) -> Tensor:
    size = images.shape[dim]
    after = length - size - before
    if length == size:
        return images.clone()
    ahead = mirror(size, 0, before + after, images.device)[size:]
    behind = mirror(size, before + after, 0, images.device)[: before + after]
    shape = [-1 if axis == dim % images.dim() else 1 for axis in range(images.dim())]
    fade = (torch.arange(1, before + after + 1, device=images.device) / (before + after + 1)).to(images).view(shape)
    fade = fade * fade * (3.0 - 2.0 * fade)
    margin = torch.lerp(images.index_select(dim, ahead), images.index_select(dim, behind), fade)
    head, tail = margin.narrow(dim, after, before), margin.narrow(dim, 0, after)
    return torch.cat([head, images, tail], dim)
