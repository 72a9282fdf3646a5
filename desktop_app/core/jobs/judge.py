"""Hold an attack to its budget and say honestly whether it succeeded. A plugin does neither for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from desktop_app.api.classes import class_index
from desktop_app.api.errors import ToolError
from desktop_app.api.results import Map, Result, top_classes

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.run import Classifier

_ROUNDING = 2.0**-24  # what a sum in [0, 1] may be off by
_WITHIN = 1.0 - 1e-6
_PULLS = 4  # towards the original, of which rounding undoes a little each time
_TOLERANCE = 1e-3  # levels: float32 keeps a value in [0, 1] to about 1.5e-5 levels
_NOTHING_TO_DO = "the model read the photo as the attack wants it before anything was done: it is returned unchanged"


@dataclass(frozen=True)
class Verdict:
    """An attack's picture inside its budget, one report per sample, and how far each pixel moved."""

    image: Tensor
    reports: list[dict[str, Any]]
    perturbation: Map


def project(attacked: Tensor, original: Tensor, norm: str, eps: float) -> Tensor:
    """Return the nearest picture in [0, 1] (for L2: along the line) within the budget around the original.

    Within it to the last bit, as far as float32 can say: a script may compare the distance with the budget.

    Parameters
    ----------
    attacked, original : Tensor
        ``(N, C, H, W)``; the original in [0, 1].
    norm : {"linf", "l2"}
        Of the difference, per sample over all channels.
    eps : float
        The budget in 8-bit levels. Zero returns the original.
    """
    from desktop_app.numerics.projections import onto_l2, onto_linf

    delta = attacked.clamp(0.0, 1.0) - original
    if norm == "linf":
        return (original + onto_linf(delta, max(eps / 255.0 - _ROUNDING, 0.0))).clamp(0.0, 1.0)
    image = (original + delta).clamp(0.0, 1.0)
    for _ in range(_PULLS):
        length = distances(image, original)[1]
        if bool((length <= eps).all()):
            break
        delta = onto_l2(delta, _WITHIN * eps, length[:, None, None, None])
        image = (original + delta).clamp(0.0, 1.0)
    return image


def distances(attacked: Tensor, original: Tensor) -> tuple[Tensor, Tensor]:
    """Return the L∞ and L2 distances per sample, in 8-bit levels: float64 on the CPU, since not every GPU has it."""
    delta = (attacked.cpu().double() - original.cpu().double()).flatten(1) * 255.0
    return delta.abs().amax(dim=1), delta.norm(dim=1)


def judged(original: Tensor, result: Result, params: Any, model: Classifier | None) -> Result:
    """Return an attack's result: its picture ``(N, C, H, W)`` float32 in the budget, report, perturbation map."""
    assert result.image is not None  # the contract of an attack
    verdict = judge(original, result.image, params, model, list(result.reports))
    return replace(result, image=verdict.image, reports=verdict.reports, maps=[*result.maps, verdict.perturbation])


def judge(
    original: Tensor, attacked: Tensor, params: Any, model: Classifier | None, reports: list[Mapping[str, Any]]
) -> Verdict:
    """Project an attack, ask the model before and after (again after rounding to 8 bits), and report.

    A sample that the model reads as wanted from the first is returned unchanged, and its only caveat says so.

    Parameters
    ----------
    original : Tensor
        ``(N, C, H, W)`` in [0, 1]: what the attack was given.
    attacked : Tensor
        The same shape, as the attack returned it.
    params : AttackParams
        The attack's parameters.
    model : Classifier, optional
        None when a restoration was attacked: then no success is claimed.
    reports : list of mapping
        The attack's own words per sample; kept where the host has none of its own.

    Raises
    ------
    ToolError
        If the projected picture still is outside the budget, which would be a fault of this module.
    """
    import torch

    with torch.no_grad():
        image = project(attacked.detach(), original, params.norm, params.eps)
        answers: list[dict[str, Any]] = [{} for _ in image]
        if model is not None:
            before = model(original).float()
            reached = _goal(model, params, before)
            image = original.where(reached(before)[:, None, None, None], image)
            answers = _answers(model, before, image, reached)
        linf, l2 = distances(image, original)
        worst = float((linf if params.norm == "linf" else l2).max())
        if worst > params.eps + _TOLERANCE:
            raise ToolError(f"expected a change of at most {params.eps} levels, got {worst:.4f}; report this")
        budget = {"norm": params.norm, "eps": params.eps, "steps": getattr(params, "steps", None)}
        size = (image - original).abs().amax(dim=1) * 255.0
    own = reports or [{}] * len(image)
    told = [
        {**mine, **budget, "linf": far, "l2": long, **theirs}
        for mine, far, long, theirs in zip(own, linf.tolist(), l2.tolist(), answers, strict=True)
    ]
    layer = Map(
        name="perturbation", values=size, kind="perturbation", unit="levels", colormap="magma",
        meaning="How far the attack moved this pixel, in 8-bit levels of its most changed channel.",
    )
    return Verdict(image, told, layer)


def _goal(model: Classifier, params: Any, before: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what says of logits ``(N, K)`` which samples they read as the attack wants them, ``(N,)`` bool."""
    target = class_index(model.labels, params.target_class)
    if target is not None:
        return lambda logits: logits.argmax(dim=1) == target
    truth = class_index(model.labels, params.true_class)
    reference = before.argmax(dim=1) if truth is None else truth
    return lambda logits: logits.argmax(dim=1) != reference


def _answers(
    model: Classifier, before: Tensor, image: Tensor, reached: Callable[[Tensor], Tensor]
) -> list[dict[str, Any]]:
    """Return what the model says before and after, as each sample's report has it."""
    after, printed = model(image).float(), model((image * 255.0).round() / 255.0).float()
    verdicts = zip(reached(before).tolist(), reached(after).tolist(), reached(printed).tolist(), strict=True)
    return [
        {
            "model": model.id, "success": succeeds, "success_after_8bit": succeeds_printed,
            "before": top_classes(before[index].softmax(0), model.labels),
            "after": top_classes(after[index].softmax(0), model.labels),
            **({"caveats": [_NOTHING_TO_DO]} if was_so else {}),
        }
        for index, (was_so, succeeds, succeeds_printed) in enumerate(verdicts)
    ]  # fmt: skip
