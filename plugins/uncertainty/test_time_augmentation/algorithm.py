"""The spread of a restoration under turns, flips and small noise (Wang et al. 2019, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.uncertainty.common.spreads import levels_of, spread_map, spread_of, spread_report
from plugins.uncertainty.common.standing import standing_of
from plugins.uncertainty.test_time_augmentation.descriptor import TestTimeAugmentationParams

_QUARTERS = {"all": (0, 1, 2, 3), "flips": (0, 2), "none": (0,)}
_CAVEAT = (
    "a spread, not an interval: it says where the restoration wavers, not how far it is off, since errors that every "
    "turn and flip shares do not show"
)
_MEANING = "How much the restored pixel changes when the photo is turned, flipped and made slightly noisy."


def run(images: Tensor, params: TestTimeAugmentationParams, run: Run) -> Result:
    """Question a restoration about photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    params : TestTimeAugmentationParams
        Which turns and flips, how much noise, how many repeats.
    run : Run
        Its ``target`` is the restoration.

    Returns
    -------
    Result
        The plain restoration; a map of the spread, in 8-bit levels.
    """
    with torch.no_grad():
        run.progress(0.0, "the photo as it is", until=1 / (1 + len(_views(params))))
        plain = run.target(images)
        _, deviation, count = spread_of(_results(images, params, run))
    levels = levels_of(deviation)
    shown = spread_map(levels, _MEANING, **standing_of("uncertainty.tta", run.target.tool))
    reports = spread_report("test-time augmentation", levels, count, _CAVEAT)
    return Result(image=plain, maps=[shown], reports=reports)


def _results(images: Tensor, params: TestTimeAugmentationParams, run: Run) -> Iterator[Tensor]:
    """Yield the result of each view, turned back."""
    runs = _views(params)
    for index, (quarters, is_flipped) in enumerate(runs):
        before, after = ((index + done) / (1 + len(runs)) for done in (1, 2))
        run.progress(before, f"run {index + 1} of {len(runs)}", until=after)
        noisy = images + run.randn(images) * (params.noise_std / 255.0)
        seeds = [seed + index + 1 for seed in run.seeds]
        yield unturned(run.target(turned(noisy, quarters, is_flipped), seeds), quarters, is_flipped)


def _views(params: TestTimeAugmentationParams) -> list[tuple[int, bool]]:
    return [view for _ in range(params.repeats) for view in views(params.transforms)]


def views(transforms: str) -> list[tuple[int, bool]]:
    """Return the turns (in quarters, anticlockwise) and flips of a choice."""
    flips = (False,) if transforms == "none" else (False, True)
    return [(quarters, is_flipped) for quarters in _QUARTERS[transforms] for is_flipped in flips]


def turned(images: Tensor, quarters: int, is_flipped: bool) -> Tensor:
    """Return photos ``(N, C, H, W)``, mirrored left to right if asked for, then turned by quarters."""
    flipped = images.flip(-1) if is_flipped else images
    return flipped.rot90(quarters, (-2, -1)).contiguous()


def unturned(images: Tensor, quarters: int, is_flipped: bool) -> Tensor:
    """Undo `turned`."""
    back = images.rot90(-quarters, (-2, -1))
    return back.flip(-1) if is_flipped else back
