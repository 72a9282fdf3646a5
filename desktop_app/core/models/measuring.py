"""What a restoring network does to a real photo: that it works, how much memory it takes, how it may be cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from math import ceil
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from desktop_app.api.errors import ParameterError, VerilensError
from desktop_app.api.resources import bundled
from desktop_app.core.faults import words_of

if TYPE_CHECKING:
    from desktop_app.core.models.restorer import Restorer

_CHANNELS = (1, 3, 4)  # grey, colour, colour with transparency
_EXACT = 1e-5  # of a value, within which float32 sums in another order
_SEAM = 0.25 / 255.0  # of a value, seen between tiles here; four times as much is what a user may see elsewhere
_MARGINS = ((16, 32), (64,))  # pixels around a tile, those of a row tried on one photo
_CORE = 32  # pixels of the tile that is compared
_BEYOND = 32  # pixels at least that the photo goes on beyond the tile's margin
_WINDOW = 16  # pixels, of windows that a network looks through without telling; smaller ones are parts of them
_SLACK = 2.0  # what allocators and sums of branches need beside the largest layer
_LEAST_MEMORY = 20.0
_MOST = 16e6  # pixels of an answer that are waited for: one that enlarges by more than 16 is not cut


def sample_photo(height: int, width: int, channels: int = 3, name: str = "astronaut.jpg") -> Tensor:
    """Return the middle of a bundled photo, ``(1, C, height, width)`` in [0, 1]."""
    import numpy as np
    from PIL import Image

    with Image.open(bundled(f"samples/{name}")) as file:
        picture = file.convert("L" if channels == 1 else "RGB")
    pixels = torch.from_numpy(np.array(picture, dtype=np.float32) / 255.0)
    planes = pixels[None, None] if channels == 1 else pixels.permute(2, 0, 1)[None]
    top, left = ((side - wanted) // 2 for side, wanted in zip(planes.shape[-2:], (height, width), strict=True))
    return planes[..., max(0, top) : max(0, top) + height, max(0, left) : max(0, left) + width].contiguous()


def tried(restorer: Restorer, title: str, facts: dict[str, Any], check: Callable[[], None]) -> dict[str, Any]:
    """Return facts with what a network did to a photo: memory, and how it is cut.

    Parameters
    ----------
    restorer : Restorer
        Frozen and in eval mode.
    title : str
        What errors call it.
    facts : dict
        What is known; ``tiling`` of ``"measure"`` asks for an answer.
    check : callable
        Called between passes; may raise.

    Raises
    ------
    ParameterError
        If it is not for photos' channels, fails, or gives no picture of the promised size.
    """
    photo = _with_mask(restorer, sample_photo(48, 64))
    with torch.no_grad(), _widest(restorer) as widest:
        answer = _answer(restorer, photo, title)
    wanted = (1, 3, 48 * restorer.scale, 64 * restorer.scale)
    if tuple(answer.shape) != wanted:
        raise ParameterError(f"expected pictures {restorer.scale} times the photo's size from {title}, got one of "
                             f"{answer.shape[-1]}×{answer.shape[-2]} pixels for 64×48; it is another network")
    if not bool(answer.isfinite().all()):
        raise ParameterError(f"expected finite values from {title}, got NaN or infinite ones for a plain photo; the "
                             "weights are damaged or of another network")
    found = facts | {"memory": max(_LEAST_MEMORY, _SLACK * max(widest) / photo.numel())}
    return found | _tiling(restorer, facts, check) if facts.get("tiling") == "measure" else found


def _answer(restorer: Restorer, photo: Tensor, title: str) -> Tensor:
    takes, gives = restorer.channels
    if takes not in _CHANNELS or gives not in _CHANNELS:
        raise ParameterError(f"expected a network for grey or colour photos, got {title}, which takes {takes} and "
                             f"gives {gives} channels; photos have 1 or 3")
    try:
        answer: Tensor = restorer(photo)
    except VerilensError:
        raise
    except Exception as error:  # of other people's code
        raise ParameterError(f"expected a network that restores photos, got {title}, which fails on one of 64×48 "
                             f"pixels ({words_of(error)}); it is another network, or its weights are "
                             "damaged") from error
    return answer


@torch.no_grad()
def _tiling(restorer: Restorer, facts: dict[str, Any], check: Callable[[], None]) -> dict[str, Any]:
    """Return how a network may be cut: tiles amid a photo are compared with the same pixels of the whole.

    One begins where a grid of windows would, and one beside it: what looks at a photo through windows that nobody told
    of is cut along them.
    """
    unit = facts["multiple"]
    core, beyond = (ceil(side / unit) * unit for side in (_CORE, _BEYOND))
    best: dict[str, Any] = {"tiling": "whole", "reach": None}
    for margins in _MARGINS:
        around = [ceil(margin / unit) * unit for margin in margins]
        side = core + 2 * (around[-1] + beyond)
        if (side * restorer.scale) ** 2 > _MOST:
            break
        photo = _with_mask(restorer, sample_photo(side, side))
        whole = restorer(photo)
        for margin in around:
            start = beyond + around[-1] - margin
            seam = cache(partial(_seam, restorer, photo, whole, core, margin, check))
            for limit, name in ((_EXACT, "exact"), (_SEAM, "overlap")):
                aligned = _alignment(seam, limit, unit, start)
                if aligned and (name == "exact" or best["reach"] is None):
                    best = {"tiling": name, "reach": margin, "multiple": aligned}
                    break
            if best["tiling"] == "exact":
                return best
        if best["reach"] is not None:
            return best
    return best


def _alignment(seam: Callable[[int], float], limit: float, unit: int, start: int) -> int | None:
    """Return of what tiles must begin at a multiple for their seams to stay below a limit; None where nothing helps."""
    if seam(start) > limit or seam(0) > limit:  # at the photo's border some see what lies at the opposite one
        return None
    if seam(start + unit) <= limit:
        return unit
    is_along_windows = _WINDOW % unit == 0 and start % _WINDOW == 0
    return _WINDOW if is_along_windows and seam(start + _WINDOW) <= limit else None


def _seam(
    restorer: Restorer, photo: Tensor, whole: Tensor, core: int, margin: int, check: Callable[[], None], start: int
) -> float:
    """Return by how much a tile of a photo that begins at `start` differs within its margin from the whole's answer.

    One that begins at 0 has no margin there, as the tiles of a photo's corner have none.
    """
    check()
    before, scale = margin if start else 0, restorer.scale
    end = start + before + core + margin
    tile = restorer(photo[..., start:end, start:end])
    inner = slice(before * scale, (before + core) * scale)
    outer = slice((start + before) * scale, (start + before + core) * scale)
    return float((whole[..., outer, outer] - tile[..., inner, inner]).abs().max())


def _with_mask(restorer: Restorer, photo: Tensor) -> Tensor:
    if not restorer.takes_mask:
        return photo
    mask = torch.zeros_like(photo[:, :1])
    mask[..., ::16, ::16] = 1.0
    return torch.cat([photo, mask], dim=1)


@contextmanager
def _widest(module: nn.Module) -> Iterator[list[int]]:
    """Collect how many numbers go into and come out of the layers."""
    sizes = [0]

    def note(_layer: nn.Module, given: Any, answer: Any) -> None:
        parts = [*given, *(answer if isinstance(answer, tuple | list) else [answer])]
        sizes.append(sum(part.numel() for part in parts if isinstance(part, Tensor)))

    handles = [layer.register_forward_hook(note) for layer in module.modules() if not list(layer.children())]
    try:
        yield sizes
    finally:
        for handle in handles:
            handle.remove()
