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

    from desktop_app.core.models.loaded_classifier import LoadedClassifier

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
        result, chances = _called(trial, images, params), [0.0]
        attacked = _picture(result)
        if "norm" in params:
            noises = [torch.randn(images.shape, generator=draw) for _ in range(_DRAWS)]
            steps = [_CHANCES[params["norm"]](noise, params["eps"]) for noise in noises]
            chances = [_harm(trial, images, (images + step).clamp(0.0, 1.0)) for step in steps]
        if _harm(trial, images, attacked) <= max(chances) and not (attacked.equal(images) and _owns_up(result)):
            yield Fault("expected an attack to do more than random noise of the same size, got less", _told(params))


_CHANCES: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "linf": lambda noise, eps: noise.sign() * eps / 255.0,
    "l2": lambda noise, eps: noise * (eps / 255.0 / noise.norm()),
    "l1": lambda noise, eps: noise * (eps / 255.0 / noise.abs().sum()),
    "l0": lambda noise, eps: noise.sign() * (noise[:, :1].abs() >= noise[:, :1].abs().flatten().topk(int(eps))[0][-1]),
}
"""By norm, what makes a random change of a budget's size of standard normal noise ``(1, C, H, W)``."""


def _owns_up(result: Result) -> bool:
    """Whether an attack that gives the photo back says that it found nothing: one that sees answers only may."""
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


def _harm(trial: Trial, images: Tensor, changed: Tensor) -> float:
    """Return how much less sure the classifiers are of their first answer, or how far the restoration's picture moved.

    Where both are in question, the classifiers see what is restored.
    """
    import torch

    with torch.no_grad():
        before, after = (_picture(blur(one, None, _Unwatched())) if trial.targets else one for one in (images, changed))
        if not trial.classifiers:
            return float((after - before).norm())
        return sum(_less_sure(classifier, before, after) for classifier in trial.classifiers)


def _less_sure(classifier: LoadedClassifier, images: Tensor, changed: Tensor) -> float:
    before, after = (classifier(one).log_softmax(1)[0] for one in (images, changed))
    truth = int(before.argmax())
    return float(before[truth] - after[truth])


class _Unwatched:
    """A run that nobody cancels, for the kit's own blur."""

    def check(self) -> None:
        """Go on."""


def _picture(result: Result) -> Tensor:
    assert result.image is not None  # the runner has refused an attack without one
    return result.image
