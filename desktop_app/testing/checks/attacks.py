"""Whether an attack keeps to its threat by its own doing, and does more with it than chance would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from desktop_app.api import Result
from desktop_app.core.kinds import traits_of
from desktop_app.core.threats.ball import distances
from desktop_app.testing.findings import Fault
from desktop_app.testing.pictures import further_inputs, textured
from desktop_app.testing.subjects import blur
from desktop_app.testing.trial import Trial

if TYPE_CHECKING:
    from torch import Tensor

_TOLERANCE = 1e-3  # levels
_EPS = {"linf": 4.0, "l2": 200.0, "l1": 4000.0, "l0": 40.0}
_DRAWS = 8
_MORE = 16.0
"""Times a budget that was too small for an attack that says so, with which it has to find something."""


def budget(trial: Trial) -> Iterator[Fault]:
    """An attack stays in [0, 1] and within its threat, by its own doing; with one of size 0 it changes nothing."""
    if not traits_of(trial.tool.kind).is_held_to_budget:
        return
    images, sizes = textured(3, 20, 27), _sizes(trial)
    for params in _threats(trial):
        place = _told(params)
        result = _called(trial, images, params)
        image = _picture(result)
        beyond = float(distances(_picture(_called(trial, images, params, is_held=True)), image)["linf"])
        if beyond > _TOLERANCE:
            yield Fault(f"expected a change within the budget, got {beyond:.4f} levels beyond; project onto it", place)
        elif float(image.min()) < 0.0 or float(image.max()) > 1.0:
            yield Fault("expected a picture in [0, 1], got values outside; clip after every step", place)
        elif image.equal(images) and not (_owns_up(result) and _finds_with_more(trial, images, params)):
            yield Fault("expected an attack to change something, got the photo back", place)
        nothing = {**params, **dict.fromkeys(sizes, 0)}
        far = float(distances(_picture(_called(trial, images, nothing)), images)["linf"])
        if far > _TOLERANCE:
            yield Fault(f"expected the photo back, got {far:.4f} levels of change; project onto it", _told(nothing))


def effect(trial: Trial) -> Iterator[Fault]:
    """An attack moves its subject's answer; within a ball further than the best of eight random changes of its size."""
    import torch

    if not traits_of(trial.tool.kind).is_held_to_budget:
        return
    images, draw = textured(3, 20, 27), torch.Generator().manual_seed(0)
    for params in _threats(trial):
        result, chances = _called(trial, images, params), []
        attacked = _picture(result)
        if "norm" in params:
            noises = [torch.randn(images.shape, generator=draw) for _ in range(_DRAWS)]
            steps = [_CHANCES[params["norm"]](noise, params["eps"]) for noise in noises]
            chances = [_harms(trial, images, (images + step).clamp(0.0, 1.0)) for step in steps]
        harms = _harms(trial, images, attacked)
        is_chance = all(harm <= max([0.0, *others]) for harm, *others in zip(harms, *chances, strict=True))
        if is_chance and not (attacked.equal(images) and _owns_up(result)):
            yield Fault("expected an attack to do more than random noise of the same size, got less", _told(params))


def grey(trial: Trial) -> Iterator[Fault]:
    """An attack changes a grey photo, too."""
    if not traits_of(trial.tool.kind).is_held_to_budget:
        return
    images = textured(1, 20, 27)
    result = _called(trial, images, _threats(trial)[0])
    if _picture(result).equal(images) and not _owns_up(result):
        yield Fault("expected an attack to change a grey photo, got it back")


def goal(trial: Trial) -> Iterator[Fault]:
    """An attack that takes a target class goes another way for another one."""
    fields = trial.tool.params.model_fields if trial.tool.params else {}
    is_asked = traits_of(trial.tool.kind).is_held_to_budget and "target_class" in fields
    if not (is_asked and trial.classifiers):
        return
    images, params = textured(3, 20, 27), _threats(trial)[0]
    first = int(trial.classifiers[0](_seen(trial, images)).argmax())
    others = [index for index in range(len(trial.classifiers[0].labels)) if index != first][:2]
    results = [_called(trial, images, {**params, "target_class": index}) for index in others]
    if len(results) > 1 and _picture(results[0]).equal(_picture(results[1])) and not all(map(_owns_up, results)):
        yield Fault("expected the target class to count, got the same picture for two of them", _told(params))


_CHANCES: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "linf": lambda noise, eps: noise.sign() * eps / 255.0,
    "l2": lambda noise, eps: noise * (eps / 255.0 / noise.norm()),
    "l1": lambda noise, eps: noise * (eps / 255.0 / noise.abs().sum()),
    "l0": lambda noise, eps: noise.sign() * (noise[:, :1].abs() >= noise[:, :1].abs().flatten().topk(int(eps))[0][-1]),
}
"""By norm, what makes a random change of a budget's size of standard normal noise ``(1, C, H, W)``."""


def _owns_up(result: Result) -> bool:
    """Return whether an attack that gives the photo back says that it found nothing: one that sees answers only may."""
    return bool(result.reports) and all(report.get("caveats") for report in result.reports)


def _finds_with_more(trial: Trial, images: Tensor, params: Mapping[str, Any]) -> bool:
    """Whether an attack that gave up changes something where it may change far more, with all that it can be given."""
    import torch

    more = {**params, **{name: _MORE * params[name] for name in _sizes(trial) if name in params}}
    given = further_inputs(trial.tool.inputs, images)
    red = torch.zeros_like(images)
    red[:, 0] = 1.0  # which the kit's classifiers read otherwise than the photo
    given = {spec.name: red if spec.kind == "image" else given[spec.name] for spec in trial.tool.inputs}
    return not _picture(trial.call(images, more, inputs=given)).equal(images)


def _called(trial: Trial, images: Tensor, params: Mapping[str, Any], *, is_held: bool = False) -> Result:
    """Call the attack without the inputs that it can do without: they may change what it is after."""
    needed = tuple(spec for spec in trial.tool.inputs if spec.required)
    return trial.call(images, params, inputs=further_inputs(needed, images), is_held=is_held)


def _sizes(trial: Trial) -> tuple[str, ...]:
    """Return the parameters that say how much the attack may change."""
    return tuple(getattr(trial.tool.params, "SIZES", ()))


def _threats(trial: Trial) -> list[dict[str, Any]]:
    """Return parameters to try: of a ball a budget for each norm that the attack knows, else what every call has."""
    assert trial.tool.params is not None
    schema = trial.tool.params.model_json_schema()["properties"].get("norm", {})
    known = schema.get("enum", [schema.get("const")])
    return [{"norm": norm, "eps": eps} for norm, eps in _EPS.items() if norm in known] or [{}]


def _told(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in
                     params.items()) or "at the defaults"  # fmt: skip


def _harms(trial: Trial, images: Tensor, changed: Tensor) -> list[float]:
    """Return how much less sure the classifiers are of their first answers, or how far the restoration's picture moved.

    Where both are in question, the classifiers see what is restored. Several may be attacked one by one or as the mean
    of their logits: whoever moves either has done something.
    """
    import torch

    with torch.no_grad():
        before, after = (_seen(trial, one) for one in (images, changed))
        if not trial.classifiers:
            return [float((after - before).norm())]
        answers = [torch.stack([classifier(one)[0] for classifier in trial.classifiers]) for one in (before, after)]
        means = [answer.mean(0, keepdim=True) for answer in answers]
        return [_less_sure(*answers), _less_sure(*means)]


def _less_sure(before: Tensor, after: Tensor) -> float:
    """Return by how much the logarithms of the first answers' probabilities fell, summed over ``(M, K)`` logits."""
    truths = before.argmax(1, keepdim=True)
    fell = before.log_softmax(1).gather(1, truths) - after.log_softmax(1).gather(1, truths)
    return float(fell.sum())


def _seen(trial: Trial, images: Tensor) -> Tensor:
    """Return what is asked about: the photo, or what the kit's restoration makes of it."""
    return _picture(blur(images, None, _Unwatched())) if trial.targets else images


class _Unwatched:
    """A run that nobody cancels, for the kit's own blur."""

    def check(self) -> None:
        """Go on."""


def _picture(result: Result) -> Tensor:
    assert result.image is not None  # the runner has refused an attack without one
    return result.image
