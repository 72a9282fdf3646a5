"""Hold an attack to its threat and say honestly whether it succeeded. A plugin does neither for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

from desktop_app.api.classes import class_index
from desktop_app.api.errors import ParameterError, ToolError
from desktop_app.api.results import Map, Result, top_classes
from desktop_app.core.threats.bound import Bound, Scene, bounds_of
from desktop_app.core.threats.mask import Mask
from desktop_app.numerics import shares

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.run import Classifier
    from desktop_app.core.models.loaded_classifier import LoadedClassifier

_TINY = 1e-30
_NOTHING_TO_DO = "the model read the photo as the attack wants it before anything was done: it is returned unchanged"


def judged(result: Result, params: Any, scene: Scene, tool: str) -> Result:
    """Keep an attack inside its threat, rounded too, ask the model before and after (again in 8 bits), and report.

    A sample that the model reads as wanted from the first is returned unchanged, and its only caveat says so.

    Parameters
    ----------
    result : Result
        As the attack returned it; its picture ``(N, C, H, W)`` float32. Its own words are kept in the reports where the
        host has none of its own.
    params : ThreatParams
        The attack's parameters.
    scene : Scene
        What the attack was given, and where it might change something. Without a model no success is claimed.
    tool : str
        The attack's id.

    Raises
    ------
    ToolError
        If the picture is outside the threat, and there is no nearest one inside, or the model's logits are NaN.
    """
    import torch

    original, model = scene.original, scene.model
    bounds = _bounds(params, scene, tool)
    own = list(result.reports) or [{}] * len(scene.original)
    with torch.no_grad():
        image = held(result, params, scene, tool)
        for bound in bounds:
            image = bound.rounded(image, scene)
        answers: list[dict[str, Any]] = [{} for _ in image]
        if model is not None:
            before = model(original).float()
            if not bool(before.isfinite().all()):
                raise ToolError(f"expected logits that are numbers, got NaN or infinity from {model.id}; check its "
                                "weights, or choose another model")
            if shares.are_shares(before):
                own = [_with_caveat(told, shares.ATTACKED) for told in own]
            reached = _goal(model, params, before)
            image = original.where(reached(before)[:, None, None, None], image)
            answers = _answers(model, original, before, image, reached)
        figures = [bound.figures(image, scene) for bound in bounds]
    is_free = [True] * len(image) if scene.mask is None else scene.mask.flatten(1).any(1).tolist()
    reports = [
        {**told, **{name: value for of_bound in figures for name, value in of_bound[index].items()}, **answers[index],
         **_finding(told, answers[index], is_free[index])}
        for index, told in enumerate(_threatened(own, params, bounds, scene.asked))
    ]  # fmt: skip
    maps = [*result.maps, *_perturbation(image - original)]
    if model is not None and getattr(params, "attribution", False):
        maps += [_attribution(model, original, "before"), _attribution(model, image, "after")]
    return replace(result, image=image, reports=reports, maps=maps)


def check_attribution(params: Any, models: Sequence[LoadedClassifier]) -> None:
    """Refuse before the attack is run what could only fail after it: maps by gradients of a model without them.

    Raises
    ------
    ParameterError
        If maps of where the model looks are wanted of one that has no gradients.
    """
    for model in models:
        if getattr(params, "attribution", False) and not model.is_differentiable:
            raise ParameterError(f"expected a model with gradients for the maps of where it looks, got {model.id!r}, "
                                 "an ONNX file, which has none; leave attribution off")


def held(result: Result, params: Any, scene: Scene, tool: str) -> Tensor:
    """Return what its threat allows of an attack's picture, ``(N, C, H, W)`` float32; arguments as those of `judged`.

    Raises
    ------
    ToolError
        If the picture is outside the threat, and there is no nearest one inside.
    """
    assert result.image is not None  # the contract of an attack
    image = result.image.detach().clamp(0.0, 1.0)
    for bound in _bounds(params, scene, tool):
        image = bound.held(image, scene)
    return image


def _bounds(params: Any, scene: Scene, tool: str) -> list[Bound]:
    """Return the threat's bounds in the order in which they are laid on: the first may make the picture anew."""
    first, *more = bounds_of(params.threat(), tool)
    return [first, *([] if scene.mask is None else [Mask()]), *more]


def masked(result: Result, scene: Scene) -> Result:
    """Return a result whose picture ``(N, C, H, W)`` float32 is the original outside the mask."""
    assert result.image is not None
    return replace(result, image=Mask().held(result.image, scene))


def _threatened(
    own: Sequence[Mapping[str, Any]], params: Any, bounds: Sequence[Bound], asked: int
) -> list[dict[str, Any]]:
    """Return each sample's report with the threat in it, and its queries: its own count where none are missing."""
    threat = {"threat": ", ".join(bound.words for bound in bounds), "size": bounds[0].size, "unit": bounds[0].unit}
    warned = [bound.caveat for bound in bounds if bound.caveat]
    is_counted = sum(int(told.get("queries") or 0) for told in own) >= asked
    queries = [int(told.get("queries") or 0) if is_counted else ceil(asked / len(own)) for told in own]
    return [
        {"steps": getattr(params, "steps", None), **told, **threat, "queries": count,
         **({"caveats": [*warned, *_caveats_of(told)]} if warned else {})}
        for told, count in zip(own, queries, strict=True)
    ]


def _with_caveat(told: Mapping[str, Any], caveat: str) -> Mapping[str, Any]:
    """Return a report that has a caveat, once."""
    mine = _caveats_of(told)
    return told if caveat in mine else {**told, "caveats": [*mine, caveat]}


def _caveats_of(told: Mapping[str, Any]) -> list[str]:
    """Return a report's caveats, which may be a sentence alone, as a list."""
    mine = told.get("caveats") or []
    return [mine] if isinstance(mine, str) else list(mine)


def _finding(told: Mapping[str, Any], answer: Mapping[str, Any], is_free: bool) -> dict[str, Any]:
    """Return what an attack's outcome means, in a sentence; nothing where no classifier was asked.

    Where nothing may change, the attack's own caveats go: no harder one would find more.
    """
    if not answer or "caveats" in answer:
        return {}
    threat = told["threat"]
    if not is_free:
        return {"finding": "the mask is black wherever the photo is: nothing may change, and the photo is returned as "
                           "it was; paint white where the attack may work", "caveats": []}  # fmt: skip
    if told["size"] == 0:
        return {"finding": f"the threat ({threat}) allows no change: the photo is returned as it was", "caveats": []}
    if not answer["success"]:
        return {"finding": f"this attack found no change within the threat ({threat}) that does what was wanted; that "
                           "does not prove that there is none"}  # fmt: skip
    before, after = (answer[when][0]["label"] for when in ("before", "after"))
    printed = "also" if answer["success_after_8bit"] else "but no longer"
    return {"finding": f"a change within the threat ({threat}) is enough to make the model say {after!r} instead of "
                       f"{before!r}, {printed} once it is rounded to 8 bits"}  # fmt: skip


def _perturbation(moved: Tensor) -> tuple[Map, Map]:
    """Return the change ``(N, C, H, W)`` in values as maps: how far each pixel moved, and which way."""
    levels = moved * 255.0
    absolute = Map(
        name="perturbation", values=levels.abs().amax(dim=1), kind="perturbation", unit="levels", colormap="magma",
        meaning="How far the attack moved this pixel, in 8-bit levels of its most changed channel.",
    )
    signed = Map(
        name="signed perturbation", values=levels.mean(dim=1), kind="perturbation", unit="levels", colormap="RdBu_r",
        meaning="How much lighter (red) or darker (blue) the attack made this pixel, the mean of its channels.",
    )
    return absolute, signed


def _attribution(model: Classifier, images: Tensor, when: str) -> Map:
    """Return how steeply the answer's logit changes with each pixel of pictures ``(N, C, H, W)``, from 0 to 1."""
    import torch

    with torch.enable_grad():
        leaf = images.detach().requires_grad_(True)
        logits = model(leaf)
        (slope,) = torch.autograd.grad(logits.amax(dim=1).sum(), leaf)
    steep = slope.abs().amax(dim=1)
    steep = steep / steep.amax((1, 2), keepdim=True).clamp_min(_TINY)
    return Map(
        name=f"attribution {when}", values=steep, kind="attribution", unit="share", colormap="viridis",
        meaning=f"How steeply the answer {when} the attack changes with this pixel, as a share of the steepest.",
    )


def _goal(model: Classifier, params: Any, before: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what says of logits ``(N, K)`` which samples they read as the attack wants them, ``(N,)`` bool."""
    target = class_index(model.labels, getattr(params, "target_class", None))
    if target is not None:
        return lambda logits: logits.argmax(dim=1) == target
    truth = class_index(model.labels, getattr(params, "true_class", None))
    reference = before.argmax(dim=1) if truth is None else truth
    return lambda logits: logits.argmax(dim=1) != reference


def _answers(
    model: Classifier, original: Tensor, before: Tensor, image: Tensor, reached: Callable[[Tensor], Tensor]
) -> list[dict[str, Any]]:
    """Return what the model says before and after, as each sample's report has it.

    Of a photo that is as it was it has said so already: where it answers by chance, no attack has changed its mind.
    """
    def asked(pictures: Tensor) -> Tensor:
        is_same = (pictures == original).flatten(1).all(1, keepdim=True)
        return before.where(is_same, model(pictures).float())

    after, printed = asked(image), asked((image * 255.0).round() / 255.0)
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
