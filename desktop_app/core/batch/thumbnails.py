"""Small pictures of what a batch was given, made and measured, for its report."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.core.imaging.heatmap import colourise, map_range
from desktop_app.core.imaging.pyramid import as_display

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import Outcome

_SIDE = 176  # pixels, the longer one
_QUALITY = 80
_MOST_MAPS = 2


def thumbnails(before: Raster, after: Raster, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return small pictures by name, JPEG in base64: ``before``, ``after``, and the first maps of the steps."""
    found = {"before": _small(before.pixels), "after": _small(after.pixels)}
    maps = [layer for outcome in outcomes for layer in outcome.maps if layer.is_aligned]
    for layer in maps[:_MOST_MAPS]:
        step = max(1, max(layer.values.shape) // (2 * _SIDE))
        coloured = colourise(np.ascontiguousarray(layer.values[::step, ::step]), layer.colormap, *map_range(layer))
        found[layer.name] = _small(coloured[..., :3])
    return found


def _small(pixels: NDArray[Any]) -> str:
    """Return pixels ``(H, W, 1 or 3)`` of any depth as a small JPEG."""
    from PIL import Image

    step = max(1, max(pixels.shape[:2]) // (4 * _SIDE))  # what is converted is a few times what is seen
    shown = as_display(np.ascontiguousarray(pixels[::step, ::step]))
    image = Image.fromarray(shown[..., 0] if shown.shape[2] == 1 else shown)
    image.thumbnail((_SIDE, _SIDE))
    written = BytesIO()
    image.save(written, "JPEG", quality=_QUALITY)
    return b64encode(written.getvalue()).decode()
