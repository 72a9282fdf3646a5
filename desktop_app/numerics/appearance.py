"""How light and how colourful a photo looks: luma, saturation, and the CIE's L*a*b*."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["LUMA", "lab_to_rgb", "luminance", "rgb_to_lab", "saturation"]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in BT.601's luma."""

_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE = (0.95047, 1.0, 1.08883)  # D65
_KNEE, _SLOPE = (6.0 / 29.0) ** 3, (29.0 / 6.0) ** 2 / 3.0
_ENCODED_KNEE, _LINEAR_KNEE = 0.04045, 0.0031308


def luminance(images: Tensor) -> Tensor:
    """Return BT.601's luma ``(..., 1, H, W)`` of encoded photos ``(..., C, H, W)``, float; a grey photo as it is."""
    if images.shape[-3] == 1:
        return images
    red, green, blue = images.unbind(-3)
    return (red * LUMA[0]).add(green, alpha=LUMA[1]).add(blue, alpha=LUMA[2]).unsqueeze(-3)


def saturation(images: Tensor) -> Tensor:
    """Return the saturation ``(..., 1, H, W)`` of HSV, in [0, 1]: 0 of greys and of black."""
    high, low = images.amax(-3, keepdim=True), images.amin(-3, keepdim=True)
    return ((high - low) / high.clamp(min=1e-6)).clamp(0.0, 1.0)


def rgb_to_lab(images: Tensor) -> Tensor:
    """Return encoded sRGB photos ``(..., 3, H, W)`` as CIE L*a*b* (D65): L* from 0 to 100, a* and b* about ±100.

    Values outside [0, 1] are kept: the curves go on above 1 and below 0.
    """
    size = images.abs()
    curve = ((size.clamp(min=_ENCODED_KNEE) + 0.055) / 1.055) ** 2.4
    linear = images.sign() * torch.where(size <= _ENCODED_KNEE, size / 12.92, curve)
    x, y, z = (_bend(plane / white) for plane, white in zip(_mixed(linear, _XYZ), _WHITE, strict=True))
    return torch.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], dim=-3)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Undo `rgb_to_lab`, ``(..., 3, H, W)``; colours that sRGB cannot show come out beyond [0, 1]."""
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16.0) / 116.0
    planes = [_unbend(value) * white for value, white in zip((y + a / 500.0, y, y - b / 200.0), _WHITE, strict=True)]
    inverse = torch.linalg.inv(torch.tensor(_XYZ, dtype=torch.float64)).tolist()
    linear = torch.stack(_mixed(torch.stack(planes, dim=-3), inverse), dim=-3)
    size = linear.abs()
    curve = 1.055 * size.clamp(min=_LINEAR_KNEE) ** (1 / 2.4) - 0.055
    return linear.sign() * torch.where(size <= _LINEAR_KNEE, size * 12.92, curve)


def _mixed(images: Tensor, rows: tuple[tuple[float, ...], ...] | list[list[float]]) -> list[Tensor]:
    return [sum(weight * plane for weight, plane in zip(row, images.unbind(-3), strict=True)) for row in rows]  # type: ignore[misc] # a sum of tensors is one


def _bend(value: Tensor) -> Tensor:
    return torch.where(value > _KNEE, value.clamp(min=_KNEE) ** (1 / 3), _SLOPE * value + 4.0 / 29.0)


def _unbend(value: Tensor) -> Tensor:
    return torch.where(value > 6.0 / 29.0, value**3, (value - 4.0 / 29.0) / _SLOPE)
