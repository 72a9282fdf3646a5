"""Matrices of small orthonormal transforms."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["cosine_spectrum", "cosine_transform", "from_cosine_spectrum"]


def cosine_transform(size: int) -> Tensor:
    """Return the orthonormal DCT-II of `size` values, ``(size, size)`` float64: its first row is constant.

    Examples
    --------
    >>> matrix = cosine_transform(4)
    >>> bool(torch.allclose(matrix @ matrix.T, torch.eye(4, dtype=torch.float64)))
    True
    """
    index = torch.arange(size, dtype=torch.float64)
    rows = torch.cos(torch.pi * index[:, None] * (2.0 * index + 1.0) / (2.0 * size))
    return torch.nn.functional.normalize(rows, dim=1)


def cosine_spectrum(planes: Tensor) -> Tensor:
    """Return the orthonormal two-dimensional DCT-II of whole float planes ``(..., H, W)`` of any size.

    It diagonalises differences at a border that is continued by repetition. Computed through Fourier transforms of the
    same length (Makhoul 1980, A fast cosine transform in one and two dimensions, doi:10.1109/TASSP.1980.1163351).
    """
    for _ in range(2):
        planes = _cosine_line(planes).transpose(-1, -2)
    return planes


def from_cosine_spectrum(spectrum: Tensor) -> Tensor:
    """Undo `cosine_spectrum`: float planes ``(..., H, W)``."""
    for _ in range(2):
        spectrum = _from_cosine_line(spectrum).transpose(-1, -2)
    return spectrum


def _cosine_line(lines: Tensor) -> Tensor:
    size = lines.shape[-1]
    folded = torch.cat([lines[..., ::2], lines[..., 1::2].flip(-1)], -1)
    spectrum = torch.fft.fft(folded) * _quarter_turns(size, lines)  # Makhoul, eq. 18
    scale = lines.new_full((size,), (2.0 / size) ** 0.5)
    scale[0] = (1.0 / size) ** 0.5
    scaled: Tensor = spectrum.real * scale
    return scaled


def _from_cosine_line(lines: Tensor) -> Tensor:
    size = lines.shape[-1]
    scale = lines.new_full((size,), (size / 2.0) ** 0.5)
    scale[0] = size**0.5
    values = lines * scale
    mirrored = torch.cat([torch.zeros_like(values[..., :1]), values[..., 1:].flip(-1)], -1)
    folded = torch.fft.ifft(torch.complex(values, -mirrored) * _quarter_turns(size, lines).conj()).real
    planes = torch.empty_like(lines)
    half = (size + 1) // 2
    planes[..., ::2], planes[..., 1::2] = folded[..., :half], folded[..., half:].flip(-1)
    return planes


def _quarter_turns(size: int, like: Tensor) -> Tensor:
    angles = torch.arange(size, dtype=torch.float64) * (-torch.pi / (2.0 * size))
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex(like.new_zeros(1), like.new_zeros(1)))
