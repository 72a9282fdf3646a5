"""Whether an attack keeps to its budget by its own doing, and does more with it than chance would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from desktop_app.api import Result
from desktop_app.core.jobs.judge import distances
from desktop_app.core.kinds import traits_of
from desktop_app.testing.findings import Fault
from desktop_app.testing.pictures import textured
from desktop_app.testing.subjects import blur
from desktop_app.testing.trial import Trial

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.core.models.networks import LoadedClassifier

_BUDGET_TOLERANCE = 1e-3  # levels
_EPS = {"linf": 4.0, "l2": 200.0}
_DRAWS = 8


def budget(trial: Trial) -> Iterator[Fault]:
    """An attack stays in [0, 1] and within its budget, by its own doing; with none it changes nothing."""
    if not traits_of(trial.tool.kind).is_held_to_budget:
        return
    images = textured(3, 20, 27)
    budgets = _budgets(trial)
    for norm, eps in [*budgets.items(), *dict.fromkeys(budgets, 0.0).items()]:
        image = _picture(trial.call(images, {"norm": norm, "eps": eps}))
        linf, l2 = (float(far) for far in distances(image, images))
        far, place = linf if norm == "linf" else l2, f"{norm}, ε {eps:g}"
        if far > eps + _BUDGET_TOLERANCE:
            yield Fault(f"expected a change within the budget, got {far:.4f} levels; project onto it", place)
        elif float(image.min()) < 0.0 or float(image.max()) > 1.0:
            yield Fault("expected a picture in [0, 1], got values outside; clip after every step", place)
        elif eps > 0 and far == 0:
            yield Fault("expected an attack to change something, got the photo back", place)


def effect(trial: Trial) -> Iterator[Fault]:
    """An attack moves its subject's answer further than the best of eight random changes of the same size."""
    import torch

    if not traits_of(trial.tool.kind).is_held_to_budget:
        return
    images, draw = textured(3, 20, 27), torch.Generator().manual_seed(0)
    for norm, eps in _budgets(trial).items():
        attacked = _picture(trial.call(images, {"norm": norm, "eps": eps}))
        chances = []
        for _ in range(_DRAWS):
            noise = torch.randn(images.shape, generator=draw)
            step = noise.sign() * eps / 255.0 if norm == "linf" else noise * (eps / 255.0 / noise.norm())
            chances.append(_harm(trial, images, (images + step).clamp(0.0, 1.0)))
        if _harm(trial, images, attacked) <= max(chances):
            yield Fault("expected an attack to do more than random noise of the same size, got less", norm)


def _budgets(trial: Trial) -> dict[str, float]:
    """Return a budget for each norm that the attack knows."""
    assert trial.tool.params is not None
    schema = trial.tool.params.model_json_schema()["properties"]["norm"]
    known = schema.get("enum", [schema.get("const")])
    return {norm: eps for norm, eps in _EPS.items() if norm in known}


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
