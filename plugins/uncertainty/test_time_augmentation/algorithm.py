"""The spread of a restoration under turns, flips and small noise (Wang et al. 2019, section 3)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.uncertainty.test_time_augmentation.descriptor import TestTimeAugmentationParams

_QUARTERS = {"all": (0, 1, 2, 3), "flips": (0, 2), "none": (0,)}
_CAVEAT = (
    "a spread, not an interval: it says where the restoration wavers, not how far it is off, since errors that every "
    "turn and flip shares do not show"
)


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
        spread, count = _spread(images, params, run)
        levels = spread.square().mean(dim=1).sqrt() * 255.0
    return Result(
        image=plain,
        maps=[_spread_map(levels)],
        reports=[_report(level, count) for level in levels.flatten(1).mean(dim=1).tolist()],
    )


def _spread(images: Tensor, params: TestTimeAugmentationParams, run: Run) -> tuple[Tensor, int]:
    """Return the standard deviation per value over all runs, and their number; never more than two results are kept."""
    runs = _views(params)
    mean = squares = torch.zeros((), device=images.device)
    for index, (quarters, is_flipped) in enumerate(runs):
        before, after = ((index + done) / (1 + len(runs)) for done in (1, 2))
        run.progress(before, f"run {index + 1} of {len(runs)}", until=after)
        noisy = images + run.randn(images) * (params.noise_std / 255.0)
        seeds = [seed + index + 1 for seed in run.seeds]
        restored = unturned(run.target(turned(noisy, quarters, is_flipped), seeds), quarters, is_flipped)
        deviation = restored - mean  # Welford 1962, eqs. I and II
        mean = mean + deviation / (index + 1)
        squares = squares + deviation * (restored - mean)
    return (squares / (len(runs) - 1)).clamp_min_(0.0).sqrt_(), len(runs)


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


def _spread_map(levels: Tensor) -> Map:
    return Map(
        name="spread", values=levels, kind="uncertainty", unit="levels",
        meaning="How much the restored pixel changes when the photo is turned, flipped and made slightly noisy.",
    )


def _report(mean_std: float, runs: int) -> dict[str, Any]:
    return {
        "method": "test-time augmentation",
        "target_coverage": None,  # no interval is offered
        "mean_std": mean_std,
        "unit": "levels",
        "runs": runs,
        "caveats": [_CAVEAT],
    }
