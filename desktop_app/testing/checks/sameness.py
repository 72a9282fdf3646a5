"""Whether a result depends on what it may depend on: not on the batch, the tiles, earlier calls, or chance unsaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from desktop_app.api import ParameterError, Result
from desktop_app.core.jobs.loaded import validate_params
from desktop_app.core.kinds import traits_of
from desktop_app.testing.checks.admitted import away_from_default, choices_of
from desktop_app.testing.findings import Fault
from desktop_app.testing.pictures import textured
from desktop_app.testing.trial import SEEDS, Trial, values_of

if TYPE_CHECKING:
    from torch import Tensor

_BATCH_TOLERANCE = 1e-4  # a network sums in another order when its batch is larger
_TILE_TOLERANCE = 1e-5
_AGREEING_SHARE = 0.999  # of the pixels, where discrete choices may fall otherwise
_FARTHEST = 64  # pixels of reach beyond which a picture that shows it would take too long
_EDGE = 16


def seeds(trial: Trial) -> Iterator[Fault]:
    """The same seed gives the same result, whatever was called between; another seed another, if and only if said."""
    first, _, again = trial.plain.result, trial.on_another, trial.call(trial.picture, seeds=SEEDS[:1])
    if _distance(first, again) > 0:
        yield Fault(
            "expected the same result from the same seed, got another; "
            "draw from run.rand, randn or generators, and keep nothing between calls"
        )
        return
    differs = _distance(first, trial.call(trial.picture, seeds=SEEDS[1:])) > 0
    if differs and not trial.tool.stochastic:
        yield Fault("expected the same result from every seed, got another; set stochastic=True")
    # An attack may climb to the same corner of its budget from wherever it begins.
    if not differs and trial.tool.stochastic and not traits_of(trial.tool.kind).is_held_to_budget:
        yield Fault("expected another seed to give another result, got the same; set stochastic=False")


def batches(trial: Trial) -> Iterator[Fault]:
    """Two photos at once give what each gives alone, but for a tool that says otherwise."""
    import torch

    if trial.tool.is_joint:
        return

    together = values_of(trial.call(torch.cat([trial.picture, trial.another]), seeds=SEEDS))
    is_sharp = trial.tool.discrete or traits_of(trial.tool.kind).is_held_to_budget
    for index, alone in enumerate((trial.plain.result, trial.on_another)):
        for name, values in values_of(alone).items():
            if not _agree(together[name][index : index + 1], values, _BATCH_TOLERANCE, is_sharp):
                yield Fault(f"expected the same {name} alone and in a batch, got another", f"sample {index}")


def tiles(trial: Trial) -> Iterator[Fault]:
    """Where the tool names a reach, tiles give what the whole photo gives."""
    far = _reach(trial, {})
    if far is not None:
        edge = max(_EDGE, trial.tool.align)
        side = 2 * edge + min(far, _FARTHEST)
        for images in (textured(1, side + 3, side - 2), textured(3, edge, side + 3)):
            yield from _tiled(trial, images, {}, edge, "at the defaults")


def reach(trial: Trial) -> Iterator[Fault]:
    """The reach holds away from the defaults, too: a callable one counts all that widens a method, up and across."""
    edge = max(_EDGE, trial.tool.align)
    moved = list(away_from_default(trial.tool.params, trial.params))
    chosen = [{name: value} for name, value in choices_of(trial.tool.params) if name not in trial.params]
    for params in (*moved, *chosen):
        try:
            far = _reach(trial, params)
        except ParameterError:  # a combination that the parameters refuse
            continue
        if far is not None and far <= _FARTHEST:
            changed = ", ".join(f"{name}={value!r}" for name, value in params.items())
            across = textured(1, edge, 2 * edge + far + 3)
            upright = [across.transpose(-1, -2).contiguous()] if params in moved[:1] else []
            for images in (across, *upright):
                yield from _tiled(trial, images, params, edge, changed)


def _reach(trial: Trial, params: Mapping[str, Any]) -> int | None:
    return trial.tool.reach_for(validate_params(trial.tool, {**trial.params, **params}))


def _tiled(trial: Trial, images: Tensor, params: Mapping[str, Any], edge: int, place: str) -> Iterator[Fault]:
    whole, cut = (values_of(trial.call(images, params, tile=tile)) for tile in (None, edge))
    for name, values in whole.items():
        if not _agree(cut[name].cpu(), values.cpu(), _TILE_TOLERANCE, trial.tool.discrete):
            far = float((cut[name] - values).abs().max())
            said = f"expected the same {name} from tiles as whole, got up to {far:.2g} apart; widen the reach, or look"
            yield Fault(f"{said} at the whole photo in prepare", place)


def _distance(a: Result, b: Result) -> float:
    """Return the largest difference between two results' pictures, maps and reports (1 where a report differs)."""
    one, other = values_of(a), values_of(b)
    apart = max((float((one[name] - other[name]).abs().max()) for name in one), default=0.0)
    return max(apart, float(list(a.reports) != list(b.reports)))


def _agree(a: Tensor, b: Tensor, tolerance: float, is_discrete: bool) -> bool:
    share = float(((a - b).abs() <= tolerance).float().mean())
    return share >= _AGREEING_SHARE if is_discrete else share == 1.0
