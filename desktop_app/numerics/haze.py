"""Photos through haze or water: the light that the medium scatters, and the scene behind it.

The forward model is Koschmieder's, pixel by pixel: ``I = J t + A (1 - t)`` with the photo I, the scene J, the light A
of the medium (airlight), and the share t of the scene's light that comes through (transmission), ``t = exp(-β d)``.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["airlight", "scene_radiance"]

_HAZIEST = 1e-3  # share of pixels: He, Sun, Tang 2009, section 4.4
_BRIGHTEST = 0.1  # share of those; one pixel alone may be a reflection
_DARKEST_LIGHT = 0.05


def airlight(images: Tensor, haziness: Tensor) -> Tensor:
    """Return the colour of the medium's light: of the haziest pixels, the brightest.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` floating point, nominally in [0, 1].
    haziness : Tensor
        ``(N, 1, H, W)``, growing with the distance or density of the medium.

    Returns
    -------
    Tensor
        ``(N, C, 1, 1)``, at least 0.05, so that one may divide by it.
    """
    count = max(1, round(_HAZIEST * haziness[0].numel()))
    haziest = haziness.flatten(1).topk(count).indices
    pixels = torch.stack([image.flatten(1)[:, index] for image, index in zip(images, haziest, strict=True)])
    brightest = pixels.mean(1).topk(max(1, round(_BRIGHTEST * count))).indices
    chosen = pixels.gather(2, brightest[:, None].expand(-1, images.shape[1], -1))
    return chosen.mean(2).clamp(min=_DARKEST_LIGHT)[..., None, None]


def scene_radiance(images: Tensor, light: Tensor, transmission: Tensor) -> Tensor:
    """Return the scene J behind the medium, by inverting ``I = J t + A (1 - t)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` floating point, nominally in [0, 1].
    light : Tensor
        A, ``(N, C, 1, 1)``.
    transmission : Tensor
        t, ``(N, 1 or C, H, W)``, above 0.

    Examples
    --------
    >>> scene = torch.full((1, 3, 2, 2), 0.25)
    >>> scene_radiance(0.5 * scene + 0.5, torch.ones(1, 3, 1, 1), torch.full((1, 1, 2, 2), 0.5)).equal(scene)
    True
    """
    return (images - light).div_(transmission).add_(light)
