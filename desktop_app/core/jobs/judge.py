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
_BESIDE = 2.0**-8  # levels: how far below a half a value is put that is not to be rounded up
_TOLERANCE = 1e-3  # levels: float32 keeps a value in [0, 1] to about 1.5e-5 levels
_LENGTHS = ("linf", "l2", "linf_8bit", "l2_8bit")
_NOTHING_TO_DO = "the model read the photo as the attack wants it before anything was done: it is returned unchanged"


@dataclass(frozen=True)
class Verdict:
    """An attack's picture inside its budget, one report per sample, and how far each pixel moved."""

    image: Tensor
    reports: list[dict[str, Any]]
    perturbation: Map
    signed: Map


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


def kept_by_rounding(attacked: Tensor, original: Tensor, norm: str, eps: float) -> Tensor:
    """Return pictures whose 8-bit copies lie within the budget around the original's, too.

    Rounding carries some values further from the original. Where that leaves the budget, the values that it carries
    furthest are taken back until it would leave them nearer: all of them for L∞, as many as needed for L2.

    Parameters
    ----------
    attacked, original : Tensor
        ``(N, C, H, W)`` in [0, 1], within the budget.
    norm : {"linf", "l2"}
        Of the difference, per sample over all channels.
    eps : float
        The budget in 8-bit levels.
    """
    import torch

    values, start = (attacked.cpu().double() * 255.0).flatten(1), eight_bit(original).flatten(1)
    rounded = eight_bit(attacked).flatten(1)
    steps = (rounded - start).abs()
    short = rounded - 0.5 * (rounded - start).sign()  # where rounding begins to go the other way
    carried = torch.where(steps > 0, (rounded - values) * (rounded - start).sign(), -1.0)
    if norm == "linf":
        is_taken = steps > eps
    else:
        order = carried.argsort(dim=1, descending=True)
        gains = (2.0 * steps - 1.0).clamp_min(0.0).gather(1, order)
        excess = steps.square().sum(1, keepdim=True) - eps**2
        is_taken = torch.zeros_like(steps, dtype=torch.bool).scatter(1, order, gains.cumsum(1) - gains < excess)
        is_taken &= steps > 0
    taken = short - _BESIDE * (rounded - start).sign()
    values = torch.where(is_taken, taken, values).div_(255.0).view(attacked.shape)
    return torch.where(is_taken.view(attacked.shape).to(attacked.device), values.to(attacked), attacked)


def eight_bit(images: Tensor) -> Tensor:
    """Return pictures ``(N, C, H, W)`` in [0, 1] as 8-bit files have them, 0 to 255: float64 on the CPU."""
    return (images.cpu().float() * 255.0).round().double()


def distances(attacked: Tensor, original: Tensor) -> tuple[Tensor, Tensor]:
    """Return the L∞ and L2 distances per sample, in 8-bit levels: float64 on the CPU, since not every GPU has it."""
    delta = (attacked.cpu().double() - original.cpu().double()).flatten(1) * 255.0
    return delta.abs().amax(dim=1), delta.norm(dim=1)


def judged(original: Tensor, result: Result, params: Any, model: Classifier | None) -> Result:
    """Return an attack's result: its picture ``(N, C, H, W)`` float32 in the budget, report, perturbation maps."""
    assert result.image is not None  # the contract of an attack
    verdict = judge(original, result.image, params, model, list(result.reports))
    maps = [*result.maps, verdict.perturbation, verdict.signed]
    return replace(result, image=verdict.image, reports=verdict.reports, maps=maps)


def judge(
    original: Tensor, attacked: Tensor, params: Any, model: Classifier | None, reports: list[Mapping[str, Any]]
) -> Verdict:
    """Keep an attack inside its budget, rounded too, ask the model before and after (again in 8 bits), and report.

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
        image = kept_by_rounding(image, original, params.norm, params.eps)
        answers: list[dict[str, Any]] = [{} for _ in image]
        if model is not None:
            before = model(original).float()
            reached = _goal(model, params, before)
            image = original.where(reached(before)[:, None, None, None], image)
            answers = _answers(model, before, image, reached)
        linf, l2 = distances(image, original)
        printed = distances(eight_bit(image) / 255.0, eight_bit(original) / 255.0)
        worst = float((linf if params.norm == "linf" else l2).max())
        if worst > params.eps + _TOLERANCE:
            raise ToolError(f"expected a change of at most {params.eps} levels, got {worst:.4f}; report this")
        budget = {"norm": params.norm, "eps": params.eps, "steps": getattr(params, "steps", None)}
        moved = (image - original) * 255.0
    own = reports or [{}] * len(image)
    told = [
        {**mine, **budget, **dict(zip(_LENGTHS, lengths, strict=True)), **theirs}
        for mine, theirs, *lengths in zip(own, answers, *(far.tolist() for far in (linf, l2, *printed)), strict=True)
    ]
    layer = Map(
        name="perturbation", values=moved.abs().amax(dim=1), kind="perturbation", unit="levels", colormap="magma",
        meaning="How far the attack moved this pixel, in 8-bit levels of its most changed channel.",
    )
    signed = Map(
        name="signed perturbation", values=moved.mean(dim=1), kind="perturbation", unit="levels", colormap="RdBu_r",
        meaning="How much lighter (red) or darker (blue) the attack made this pixel, the mean of its channels.",
    )
    return Verdict(image, told, layer, signed)


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
