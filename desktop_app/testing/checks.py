"""The checks, each a function of a `Trial` that yields what is wrong, in sentences; nothing when all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from desktop_app.api import Cancelled, ParameterError, Result, VerilensError
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.judge import distances
from desktop_app.core.kinds import traits_of
from desktop_app.testing.pictures import textured, troublesome
from desktop_app.testing.trial import Trial, values_of

if TYPE_CHECKING:
    from torch import Tensor

Check = Callable[[Trial], Iterator[str]]

_BATCH_TOLERANCE = 1e-4  # a network sums in another order when its batch is larger
_TILE_TOLERANCE = 1e-5
_AGREEING_SHARE = 0.999  # of the pixels, where discrete choices may fall otherwise
_BUDGET_TOLERANCE = 1e-3  # levels


def pictures(trial: Trial) -> Iterator[str]:
    """Grey, colour, odd, tiny, flat and unclipped pictures give finite float32 results, and stay as they were."""
    for name, images in troublesome().items():
        before = images.clone()
        try:
            result = trial.call(images)
        except VerilensError as error:
            yield f"expected a result on {name}, got {type(error).__name__}: {error}"
            continue
        if not images.equal(before):
            yield f"expected the input to stay as it was on {name}, got it changed; work on a copy"
        for part, values in values_of(result).items():
            if str(values.dtype) != "torch.float32":
                yield f"expected a float32 {part} on {name}, got {values.dtype}"


def seeds(trial: Trial) -> Iterator[str]:
    """The same seed gives the same result; another seed another one, if and only if the tool is stochastic."""
    images = textured(3, 23, 29)
    first, again, other = (trial.call(images, seeds=[seed]) for seed in (7, 7, 8))
    if _distance(first, again) > 0:
        yield "expected the same result from the same seed, got another; draw from run.rand, randn or generators"
    differs = _distance(first, other) > 0
    if differs and not trial.tool.stochastic:
        yield "expected the same result from every seed, got another; set stochastic=True"
    # An attack may climb to the same corner of its budget from wherever it begins.
    if not differs and trial.tool.stochastic and not traits_of(trial.tool.kind).is_held_to_budget:
        yield "expected another seed to give another result, got the same; set stochastic=False"


def batches(trial: Trial) -> Iterator[str]:
    """Two photos at once give what each gives alone."""
    import torch

    images = torch.cat([textured(3, 21, 26), textured(3, 21, 26, seed=1).flip(-1)])
    together = trial.call(images, seeds=[3, 4])
    is_sharp = trial.tool.discrete or traits_of(trial.tool.kind).is_held_to_budget
    for index in range(2):
        alone = trial.call(images[index : index + 1], seeds=[3 + index])
        for name, values in values_of(alone).items():
            part = values_of(together)[name][index : index + 1]
            if not _agree(part, values, _BATCH_TOLERANCE, is_sharp):
                yield f"expected the same {name} alone and in a batch, got another for sample {index}"


def tiles(trial: Trial) -> Iterator[str]:
    """Where the tool names a reach, tiles give what the whole photo gives."""
    from desktop_app.core.jobs.loaded import validate_params

    reach = trial.tool.reach_for(validate_params(trial.tool, trial.params))
    if reach is None:
        return
    edge = max(16, trial.tool.align)
    side = 2 * edge + min(reach, 64)
    for channels, images in ((c, textured(c, side + 3, side - 2)) for c in (1, 3)):
        whole, cut = (values_of(trial.call(images, tile=tile)) for tile in (None, edge))
        for name, values in whole.items():
            if not _agree(cut[name].cpu(), values.cpu(), _TILE_TOLERANCE, trial.tool.discrete):
                far = float((cut[name] - values).abs().max())
                yield f"expected the same {name} from tiles ({channels} channels, reach {reach}), got {far:.2g} apart"


def gradients(trial: Trial) -> Iterator[str]:
    """A tool that says it is differentiable gives finite gradients that are not all zero."""
    import torch

    if not trial.tool.differentiable:
        return
    images = textured(3, 17, 19).requires_grad_(True)
    with torch.enable_grad():
        image = trial.call(images).image
    if image is None or not image.requires_grad:
        yield "expected a picture that gradients flow from, got none; keep to differentiable operations"
        return
    (gradient,) = torch.autograd.grad(image.square().sum(), images)
    if not bool(gradient.isfinite().all()) or not bool(gradient.any()):
        yield "expected finite gradients that are not all zero, got others; look for clamps, roots and detach()"


def choices(trial: Trial) -> Iterator[str]:
    """Every choice and every switch among the parameters works; combinations that the parameters refuse are left."""
    images = textured(3, 18, 22)
    for name, value in _choices(trial.tool.params):
        try:
            trial.call(images, {name: value})
        except ParameterError:
            continue
        except VerilensError as error:
            yield f"expected {name}={value!r} to work, got {type(error).__name__}: {error}"


def budget(trial: Trial) -> Iterator[str]:
    """An attack stays in [0, 1] and within its budget, by its own doing; with none it changes nothing."""
    if not traits_of(trial.tool.kind).is_held_to_budget:
        return
    images = textured(3, 20, 27)
    for norm, eps in (("linf", 4.0), ("l2", 200.0), ("linf", 0.0), ("l2", 0.0)):
        image = _picture(trial.call(images, {"norm": norm, "eps": eps}))
        linf, l2 = (float(far) for far in distances(image, images))
        far = linf if norm == "linf" else l2
        if far > eps + _BUDGET_TOLERANCE:
            yield f"expected a change of at most {eps} levels ({norm}), got {far:.4f}; project onto the budget"
        if float(image.min()) < 0.0 or float(image.max()) > 1.0:
            yield f"expected a picture in [0, 1] ({norm}), got values outside; clip after every step"
        if eps > 0 and far == 0:
            yield f"expected an attack with {eps} levels ({norm}) to change something, got the photo back"


def maps(trial: Trial) -> Iterator[str]:
    """An uncertainty tool gives a map; uncertainty is never negative; each map says what it means."""
    result = trial.call(textured(3, 20, 27))
    if traits_of(trial.tool.kind).measures and not result.maps:
        yield "expected at least one map, got none"
    names = [layer.name for layer in result.maps]
    if len(set(names)) < len(names):
        yield f"expected maps with names of their own, got {', '.join(names)}"
    for layer in result.maps:
        if layer.kind == "uncertainty" and float(layer.values.min()) < 0:
            yield f"expected an uncertainty of 0 or more, got {float(layer.values.min()):.3g} in {layer.name!r}"
        if not layer.meaning.strip().endswith(".") or not layer.unit:
            yield f"expected a unit and a sentence of meaning for the map {layer.name!r}, got none; add them"


def randomness(trial: Trial) -> Iterator[str]:
    """The global random states of Python, NumPy and torch, and torch's own settings, stay as they were."""
    before = _global_state()
    trial.call(textured(3, 20, 27))
    for name, (old, new) in {key: (before[key], now) for key, now in _global_state().items()}.items():
        if old != new:
            yield f"expected {name} to stay as it was, got it changed; use run's generators and restore settings"


def subject(trial: Trial) -> Iterator[str]:
    """The questioned model keeps its weights, its statistics and its hooks."""
    if trial.subject != "classifier":
        return
    module = trial.classifier.module
    before = {name: value.clone() for name, value in module.state_dict().items()}
    trial.call(textured(3, 20, 27))
    changed = [name for name, value in module.state_dict().items() if not value.equal(before[name])]
    if changed:
        yield f"expected the model to stay as it was, got {', '.join(changed)} changed; never train the subject"
    hooked = [name for name, part in module.named_modules() if part._forward_hooks or part._forward_pre_hooks]
    if hooked:
        yield f"expected no hooks left on the model, got some on {', '.join(hooked)}; remove them in a finally"


def cancelling(trial: Trial) -> Iterator[str]:
    """The tool stops when the user cancels, at once and on the way, and its progress runs from 0 to 1."""
    images, seen = textured(3, 40, 48), list[float]()
    trial.call(images, control=JobControl(lambda fraction, _: seen.append(fraction)))
    if any(not 0.0 <= fraction <= 1.0 for fraction in seen) or seen != sorted(seen):
        yield f"expected progress that rises from 0 to 1, got {[round(f, 3) for f in seen[:20]]}"
    if not _stops(trial, images, _cancelled()):
        yield "expected a cancelled run to stop, got a result; call run.check() or run.progress() between operations"
    if len(seen) > 1 and not _stops(trial, images, _cancelled_at(seen[len(seen) // 2])):
        yield "expected a run that is cancelled half-way to stop, got a result; let Cancelled pass"


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (pictures, seeds, batches, tiles, gradients, choices, budget, maps, randomness, subject, cancelling)
}
"""All checks that call the tool, by name."""


def _picture(result: Result) -> Tensor:
    assert result.image is not None  # the runner has refused an attack without one
    return result.image


def _distance(a: Result, b: Result) -> float:
    """Return the largest difference between two results' pictures, maps and reports (1 where a report differs)."""
    one, other = values_of(a), values_of(b)
    apart = max((float((one[name] - other[name]).abs().max()) for name in one), default=0.0)
    return max(apart, float(list(a.reports) != list(b.reports)))


def _agree(a: Tensor, b: Tensor, tolerance: float, is_discrete: bool) -> bool:
    share = float(((a - b).abs() <= tolerance).float().mean())
    return share >= _AGREEING_SHARE if is_discrete else share == 1.0


def _choices(params: type[Any] | None) -> Iterator[tuple[str, Any]]:
    for name, spec in (params.model_json_schema().get("properties", {}) if params else {}).items():
        options = [False, True] if spec.get("type") == "boolean" else spec.get("enum", [])
        yield from ((name, value) for value in options if value != spec.get("default"))


def _global_state() -> dict[str, object]:
    import random

    import numpy as np
    import torch

    kind, keys, *rest = np.random.get_state()
    return {
        "Python's random state": random.getstate(),
        "NumPy's random state": (kind, np.asarray(keys).tobytes(), tuple(rest)),
        "torch's random state": torch.get_rng_state().numpy().tobytes(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's number of threads": torch.get_num_threads(),
        "torch's gradient mode": torch.is_grad_enabled(),
    }


def _cancelled() -> JobControl:
    control = JobControl()
    control.cancel()
    return control


def _cancelled_at(fraction: float) -> JobControl:
    def look(now: float, _: str) -> None:
        if now >= fraction:
            control.cancel()

    control = JobControl(look)
    return control


def _stops(trial: Trial, images: Tensor, control: JobControl) -> bool:
    try:
        trial.call(images, control=control)
    except Cancelled:
        return True
    return False


