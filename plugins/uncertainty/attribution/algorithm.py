"""Maps of what speaks for an answer, over noisy copies of the photo, held against the same model with weights shuffled.

The mean over copies is SmoothGrad's (Smilkov 2017), for every method; their spread says how sure the map is. A map that
looks the same when each layer's weights are shuffled shows the photo, not what was learnt (Adebayo 2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from desktop_app.api import Classifier, Map, Result, Run, class_index, top_classes
from plugins.uncertainty.attribution.descriptor import AttributionParams
from plugins.uncertainty.attribution.evidence import METHODS, Question
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked
from plugins.uncertainty.common.predictions import answer, shares_of

_ALIKE = 0.5
_CAVEAT = "the map says what moves this model's answer here, not what makes a thing what it is"
_BLIND = "the map of {} hardly changes when the model's weights are shuffled: it shows the photo's own edges"


def run(images: Tensor, params: AttributionParams, run: Run) -> Result:
    """Explain classifiers' answers on photos ``(N, C, H, W)`` float32; clipped to [0, 1] for them.

    Returns
    -------
    Result
        For each model a map of what speaks for the class, and one of the map's own spread; reports with the answer, and
        the rank correlation with the map of shuffled weights.

    Raises
    ------
    ToolError
        If a network has no gradients, or none of the layers that the method wants.
    ParameterError
        If a model has no such class.
    """
    photos = images.detach().clamp(0.0, 1.0)
    seen = asked(run.models[0], photos)
    _, unit, meaning = METHODS[params.method]
    maps: list[Map] = []
    said: list[list[dict[str, Any]]] = []
    for index, (name, model) in enumerate(zip(_names(run.models), run.models, strict=True)):
        with torch.no_grad():
            shares = model(photos).float().softmax(1)
        told = class_index(model.labels, params.of_class)
        classes = shares.argmax(1) if told is None else torch.full_like(shares.argmax(1), told)
        part = (index / len(run.models), 1.0 / len(run.models))
        mean, spread = _map(model.module, photos, classes, params, run, (part[0], 0.5 * part[1]))
        blind, _ = _map(_shuffled(model.module), photos, classes, params, run, (part[0] + 0.5 * part[1], 0.5 * part[1]))
        maps += [
            Map(name=f"evidence{name}", values=mean, kind="attribution", unit=unit, meaning=meaning),
            Map(name=f"spread of the evidence{name}", values=spread, kind="uncertainty", unit=unit,
                meaning="How far the map changes here between copies of the photo with a little noise."),
        ]  # fmt: skip
        said.append([
            {"model": model.id, "prediction": top_classes(row, model.labels, 1), "of_class": int(chosen),
             "shuffled_rank_correlation": _rank_correlation(own, other)}
            for row, chosen, own, other in zip(shares, classes, mean, blind, strict=True)
        ])  # fmt: skip
    shares = seen.logits.softmax(1)
    reports = [
        _report(answer(params.method, row, run.models[0]), [each[index] for each in said])
        for index, row in enumerate(shares)
    ]
    return Result(maps=maps, reports=guarded(reports, seen, run.models[0], run), artifacts=shares_of(shares))


def _names(models: Sequence[Classifier]) -> Iterator[str]:
    """Yield what tells the maps of several models apart."""
    ids = [model.id for model in models]
    for index, one in enumerate(ids):
        again = ids[:index].count(one)
        yield "" if len(ids) == 1 else f", {one}" + (f" ({again + 1})" if again else "")


def _map(
    network: nn.Module, photos: Tensor, classes: Tensor, params: AttributionParams, run: Run, part: tuple[float, float]
) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of the map over noisy copies, ``(N, H, W)`` float32 each."""
    method = METHODS[params.method][0]
    generators = run.generators()
    found = []
    for index in range(params.copies):
        run.progress(part[0] + part[1] * index / params.copies, f"copy {index + 1} of {params.copies}")
        noise = torch.stack([torch.randn(photos.shape[1:], generator=one) for one in generators]).to(photos)
        offsets = torch.stack([torch.rand(2, generator=one) for one in generators]).to(photos)
        question = Question(network, classes, params, run.check, offsets)
        with torch.no_grad():
            found.append(method(question, (photos + params.noise / 255.0 * noise).clamp(0.0, 1.0)))
    copies = torch.stack(found)
    return copies.mean(0), copies.std(0)


def _shuffled(network: nn.Module) -> nn.Module:
    """Return a copy of a network in which the values of each weight have changed places among themselves."""
    other = deepcopy(network)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in other.parameters():
            order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return other


def _rank_correlation(first: Tensor, second: Tensor) -> float:
    """Return Spearman's correlation of two maps ``(H, W)``; 0 where one is flat."""
    ranks = torch.stack([one.cpu().flatten().argsort().argsort().double() for one in (first, second)])
    if ranks.shape[1] < 2 or any(float(one.max()) == float(one.min()) for one in (first, second)):
        return 0.0
    return float(torch.corrcoef(ranks)[0, 1])


def _report(said: dict[str, Any], models: list[dict[str, Any]]) -> dict[str, Any]:
    blind = [one["model"] for one in models if abs(one["shuffled_rank_correlation"]) > _ALIKE]
    return {
        **said, "mutual_information": None, "by_model": models, "is_learnt": not blind,
        "caveats": [_CAVEAT, *(_BLIND.format(model) for model in blind)],
    }
