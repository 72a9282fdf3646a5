"""A first fill at the coarsest scale, layer by layer from the rim, out of pixels and not of blur.

A smooth first guess would find smooth patches, and stay smooth: Newson et al. 2017, section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.patchmatch.field import Level, patches_at, places_of

_MOST_SOURCES = 1 << 14  # more than fit are thinned out evenly
_BATCH = 256  # patches that are compared with all sources at once


def peeled(level: Level, hole: Tensor, check: Callable[[], None]) -> Tensor:
    """Return the level's photo ``(C, H, W)`` with each pixel of the hole taken from the most alike place.

    Parameters
    ----------
    level : Level
        The scale; what its photo holds within ``level.unknown`` is not looked at.
    hole : Tensor
        ``(H, W)`` bool, the pixels to be filled.
    check : callable
        Called for every batch; may raise to stop.
    """
    image, known = level.image.clone(), ~level.unknown
    sources = level.is_source.nonzero()[:, 0]
    sources = sources[:: -(-len(sources) // _MOST_SOURCES)]
    offered = patches_at(image, sources, level.offsets)
    squares = offered.square()
    origin_places = places_of(level, sources)
    left = hole.clone()
    while bool(left.any()):
        layer = left & (F.max_pool2d(known[None, None].float(), 3, 1, 1)[0, 0] > 0)
        layer = layer if bool(layer.any()) else left
        rim = layer.flatten().nonzero()[:, 0]
        for start in range(0, len(rim), _BATCH):
            check()
            places = rim[start : start + _BATCH]
            middles = _inside(places, level)
            wanted = patches_at(image, middles, level.offsets)
            mask = patches_at(known[None].to(image), middles, level.offsets).repeat(1, len(image))
            distances = mask @ squares.T - 2.0 * (mask * wanted) @ offered.T  # less what is the same for all
            distances += torch.cdist(places_of(level, middles), origin_places).square_()
            origins = sources[distances.argmin(1)] + places - middles
            image.view(len(image), -1)[:, places] = image.flatten(1)[:, origins]
        known = known | layer
        left = left & ~layer
    return image


def _inside(places: Tensor, level: Level) -> Tensor:
    """Return the nearest places whose patches lie within the photo."""
    height, width = level.unknown.shape
    reach = int(len(level.offsets) ** 0.5) // 2
    rows = (places // width).clamp(reach, height - 1 - reach)
    columns = (places % width).clamp(reach, width - 1 - reach)
    return rows * width + columns
