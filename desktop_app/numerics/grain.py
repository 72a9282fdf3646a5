"""How strong a photo's grain is where it is coarser than a pixel or grows with brightness, unlike white noise.

What demosaicing, JPEG and a brightened night make of noise: little at the finest scale, more at the next, and not the
same in shadows and in lights. It is looked for in the calmest places of every brightness, at two scales.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.opponent import to_opponent
from desktop_app.numerics.transforms import cosine_transform

__all__ = ["grain_variance"]

_PATCH = 8
_SCALES = (1, 2)
_COARSE, _FINE = 5, 7  # sums of a patch's two frequencies: those up to the first choose, from the second on measure
_BRIGHTNESSES = 8
_FEWEST_PATCHES, _MOST_PATCHES = 2000, 60_000
_CALMEST, _CALM = 0.01, 0.1  # shares of the patches of a brightness
_FEWEST = 24
_END, _CLIPPED = 0.01, 0.1  # how near to black and white values may be clipped, and what share of a patch may be
_POWER, _DARK = 2.5, 0.05  # variance changes at most as this power of brightness: that of white noise under gamma 2.2
_BEYOND, _LEAST = 3.0, 1e-8  # times the white noise's variance, and variance: less is chance, or rounding
_SURE, _UNSURE = 1.2, 1.35  # the calm's deviation by that of the grain: about 1 in grain, more in texture


def grain_variance(image: Tensor, white: float, check: Callable[[], None]) -> float:
    """Return the variance of a photo's grain beyond its white noise, that of white noise which would look as strong.

    Of each brightness the patches of least coarse detail are looked at; their fine detail is grain, unless patches that
    are a little less calm have far more of it, as in texture. No brightness may have more than its neighbours allow.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1].
    white : float
        Variance of the white noise.
    check : callable
        Called between operations; may raise to stop.

    Returns
    -------
    float
        That of the lightness, or the mean of the channels' if that is more; 0 where texture may be taken for it.

    References
    ----------
    Lebrun, Colom, Morel 2015, The noise clinic, doi:10.5201/ipol.2015.125 (noise by scale, frequency and brightness);
    Colom, Buades 2013, Analysis and extension of the Ponomarenko et al. method, doi:10.5201/ipol.2013.45 (the choice of
    patches)
    """
    clipped = ((image < _END) | (image > 1.0 - _END)).any(0).to(image)
    lightness = image.mean(0)
    strongest = []
    for plane in to_opponent(image):
        found = [0.0]
        for scale in _SCALES:
            check()
            curve = _curve(plane, lightness, clipped, scale)
            found.append(0.0 if curve is None else _believed(*curve, white))
        strongest.append(max(found))
    return max(strongest[0], sum(strongest) / len(strongest))


def _curve(plane: Tensor, lightness: Tensor, clipped: Tensor, scale: int) -> tuple[Tensor, Tensor, Tensor] | None:
    """Return brightness, and the variance of the calmest and of the calm patches there; None of too small a photo."""
    if min(plane.shape) < _PATCH * scale:
        return None
    reduced = F.avg_pool2d(torch.stack([plane, lightness, clipped])[None], scale)[0]
    brightness, ends = F.avg_pool2d(reduced[None, 1:], _PATCH, stride=1)[0].flatten(1)
    usable = (ends < _CLIPPED).nonzero()[:, 0]
    if len(usable) < _FEWEST_PATCHES:
        return None
    usable = usable[:: -(-len(usable) // _MOST_PATCHES)]
    columns = reduced.shape[2] - _PATCH + 1
    patches = reduced[0].unfold(0, _PATCH, 1).unfold(1, _PATCH, 1)[usable // columns, usable % columns]
    transform = cosine_transform(_PATCH).to(patches)
    powers = (transform @ patches @ transform.T).square().flatten(1) * scale**2  # of white noise as at the first scale
    order = torch.arange(_PATCH, device=plane.device)
    order = (order[:, None] + order).flatten()
    coarse = powers[:, (order > 0) & (order <= _COARSE)].mean(1)
    fine, brightness = powers[:, order >= _FINE], brightness[usable]
    points = []
    for part in brightness.argsort().tensor_split(_BRIGHTNESSES):
        calmest = part[coarse[part].argsort()]
        counts = [max(_FEWEST, int(share * len(part))) for share in (_CALMEST, _CALM)]
        variances = [fine[calmest[:count]].mean(0).median() for count in counts]
        points.append(torch.stack([brightness[part].mean(), *variances]))
    level, low, high = torch.stack(points).cpu().double().unbind(1)
    return level, low, high


def _believed(level: Tensor, calmest: Tensor, calm: Tensor, white: float) -> float:
    """Return the variance beyond white noise in the brightnesses that have most of it; 0 of what looks like texture."""
    light = level.clamp(min=0.0) + _DARK
    apart = torch.maximum(light[:, None], light) / torch.minimum(light[:, None], light)
    grain, most = (calmest.clamp(min=white) * apart**_POWER).amin(1).sub(white).topk(len(light) // 2)
    found = float(grain.mean())
    if found <= max(_BEYOND * white, _LEAST):
        return 0.0
    ratio = sqrt(float((calm[most] - white).clamp(min=0.0).mean()) / found)
    return found * min(max((_UNSURE - ratio) / (_UNSURE - _SURE), 0.0), 1.0)
