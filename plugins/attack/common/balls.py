"""How attacks inside a ball are tried: restarts, photos that leave when they are fooled, and ever smaller balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import BallParams, Run
from desktop_app.numerics.projections import distances_of, within
from plugins.attack.common.iterates import Best
from plugins.attack.common.params import ClimbParams
from plugins.attack.common.starts import uniform_offset

_HALVINGS = 7  # the smallest budget is known to a hundredth of where the search began
_TRY = "the model held out within this budget; that shows little by itself: attack.auto looks harder"


@dataclass(frozen=True, eq=False)
class Ball:
    """Samples ``(M,)`` of a batch with their clean photos ``(M, C, H, W)`` and radii ``(M, 1, 1, 1)``, in values.

    The mask ``(M, 1, H, W)`` is above 0 where they may be changed; None where it is everywhere.
    """

    samples: Tensor
    clean: Tensor
    radii: Tensor
    mask: Tensor | None = None

    @classmethod
    def around(cls, clean: Tensor, samples: Tensor, radii: Tensor, run: Run) -> Ball:
        """Return the ball of samples ``(M,)`` of photos ``(N, C, H, W)``, with the mask of the run."""
        return cls(samples, clean[samples], radii, None if run.mask is None else run.mask[samples])

    def holds(self, images: Tensor, params: BallParams) -> Tensor:
        """Return the pictures ``(M, C, H, W)`` in [0, 1] within the ball, changed inside the mask only."""
        inside = images if self.mask is None else torch.where(self.mask > 0, images, self.clean)
        return within(inside, self.clean, params.norm, self.radii)

    def slopes(self, gradient: Tensor) -> Tensor:
        """Return a gradient ``(M, C, H, W)`` that is 0 where nothing may be changed."""
        return gradient if self.mask is None else gradient * (self.mask > 0)

    def of(self, stays: Tensor) -> Ball:
        """Return the ball of those who stay, ``(M,)`` bool."""
        mask = None if self.mask is None else self.mask[stays]
        return Ball(self.samples[stays], self.clean[stays], self.radii[stays], mask)


Climb = Callable[[Ball, Tensor, Best, Callable[[float], None]], None]
"""One attempt in a ball, from starts ``(M, C, H, W)``: keeps what is better, and says which share is done."""


def best_within(
    clean: Tensor, best: Best, params: ClimbParams, run: Run, climb: Climb, *,
    at_random: bool = True, stops: bool = True, tries: int = 1,
) -> Best:  # fmt: skip
    """Return the best photos that restarts find in the budget, and where it is wanted in smaller ones.

    Parameters
    ----------
    clean : Tensor
        ``(N, C, H, W)`` float32 in [0, 1].
    best : Best
        What is known of the photos themselves; changed in place.
    params : ClimbParams
        The budget, restarts, and whether to look for the smallest.
    run : Run
        For its draws and its progress.
    climb : callable
        One attempt.
    at_random : bool
        Whether the first restart, too, begins at a random point.
    stops : bool
        Whether a photo that is fooled is let go.
    tries : int
        How often `climb` is called for each restart, as with several targets.
    """
    radius = params.eps / 255.0
    radii = torch.full((len(clean), 1, 1, 1), radius, device=clean.device)
    total = params.restarts * tries + (_HALVINGS if params.smallest else 0)
    for attempt in range(params.restarts * tries):
        some = best.unfinished if stops else torch.arange(len(clean), device=clean.device)
        if not len(some):
            break
        is_random = at_random or attempt >= tries
        offset = uniform_offset(clean, params.norm, radius, run) if is_random else torch.zeros_like(clean)
        ball = Ball.around(clean, some, radii[some], run)
        climb(ball, ball.holds(ball.clean + offset[some], params), best, _part(run, attempt, total))
    if params.smallest:
        _shrink(clean, best, params, run, climb, total)
    return best


def _part(run: Run, index: int, total: int) -> Callable[[float], None]:
    return lambda share: run.progress((index + share) / total, f"attempt {index + 1} of {total}")


def _shrink(clean: Tensor, best: Best, params: ClimbParams, run: Run, climb: Climb, total: int) -> None:
    """Halve what lies between the largest radius that failed and the smallest that did not, photo by photo."""
    some = best.is_found.nonzero()[:, 0]
    high = distances_of(best.images - clean, params.norm)[some]
    low = torch.zeros_like(high)
    for halving in range(_HALVINGS):
        if not len(some):
            return
        middle = (low + high) / 2.0
        ball = Ball.around(clean, some, middle.view(-1, 1, 1, 1), run)
        found = Best.without(clean)
        climb(ball, ball.holds(best.images[some], params), found, _part(run, total - _HALVINGS + halving, total))
        falls = found.is_found[some]
        fallen = some[falls]
        best.images[fallen], best.met[fallen] = found.images[fallen], found.met[fallen]
        far = distances_of(found.images - clean, params.norm)[some]
        high, low = torch.where(falls, far, high), torch.where(falls, low, middle)


def reports_of(best: Best, clean: Tensor, params: ClimbParams) -> list[dict[str, Any]]:
    """Return what an attack on photos ``(N, C, H, W)`` in [0, 1] says of each beside what the host measures."""
    far = (255.0 * distances_of(best.images - clean, params.norm)).tolist()
    return [
        {"restarts": params.restarts, "caveats": [] if is_found else [_TRY],
         **({"smallest": size if is_found else None} if params.smallest else {})}
        for is_found, size in zip(best.is_found.tolist(), far, strict=True)
    ]  # fmt: skip
