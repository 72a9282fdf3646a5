"""Projected gradient ascent on the distance of features from the photo's own, or descent to those of another photo.

Sabour et al. 2016, eq. 1, by sign or unit steps; the features are those of one layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from desktop_app.api import Classifier, ParameterError, Result, Run
from desktop_app.numerics.projections import within
from desktop_app.numerics.similarity import dissimilarity
from plugins.attack.common.losses import gradient_of
from plugins.attack.common.starts import uniform_offset
from plugins.attack.common.steps import steepest
from plugins.attack.feature.descriptor import FeatureParams

_TINY = 1e-12
_OTHERWISE = "this attack looks for other features, not for another answer: attack.auto looks for that"
_HALVINGS = 12

Features = Callable[[Tensor], Tensor]


def run(images: Tensor, params: FeatureParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] within their bounds to where the features differ most.

    Raises
    ------
    ParameterError
        If the network has no such layer.
    ToolError
        If it has no layers to look into.
    """
    clean = images.detach().clamp(0.0, 1.0)
    with watched(run.model, params.layer) as features:
        with torch.no_grad():
            own = features(clean)
            guide = features(run.inputs["guide"].clamp(0.0, 1.0)) if "guide" in run.inputs else None
        scale = own.square().sum(1).clamp_min(_TINY)

        def objective(at: Tensor) -> tuple[Tensor, Tensor]:
            seen = features(at)
            far = ((seen - own) if guide is None else (seen - guide)).square().sum(1) / scale
            return (far if guide is None else -far), far

        best, losses = clean.clone(), objective(clean)[0].detach()
        for restart in range(params.restarts):
            start = clean + uniform_offset(clean, params.norm, params.eps / 255.0, run) * _free(run)
            best, losses = _climb(_held(start, clean, params), clean, objective, best, losses, params, run, restart)
        with torch.no_grad():
            changes = ((features(best) - own).square().sum(1) / scale).sqrt()
            holds = run.model(best).argmax(1) == run.model(clean).argmax(1)
    told = zip(changes.tolist(), holds.tolist(), strict=True)
    return Result(image=best, reports=[
        {"feature_change": 100.0 * change, "caveats": [_OTHERWISE] if has_held else []} for change, has_held in told
    ])  # fmt: skip


@contextmanager
def watched(model: Classifier, layer: str) -> Iterator[Features]:
    """Give what returns one layer's output as ``(N, F)`` float32; by default the input of the last linear layer.

    Raises
    ------
    ParameterError
        If the network has no such layer.
    """
    modules = dict(model.module.named_modules())
    if layer and layer not in modules:
        near = [name for name in modules if name][:6]
        raise ParameterError(f"expected a layer of {model.id!r} ({', '.join(near)} …), got {layer!r}; leave it empty")
    heads = [one for one in modules.values() if isinstance(one, nn.Linear | nn.Conv2d)] or list(modules.values())
    kept: list[Tensor] = []
    if layer:
        hook = modules[layer].register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    else:
        hook = heads[-1].register_forward_pre_hook(lambda _module, inputs: kept.append(inputs[0]))

    def features(images: Tensor) -> Tensor:
        kept.clear()
        model(images)
        if not kept:
            raise ParameterError(f"expected a layer that {model.id!r} uses, got {layer!r}, which gave nothing")
        return kept[-1].float().flatten(1)

    try:
        yield features
    finally:
        hook.remove()


def _free(run: Run) -> Tensor | float:
    return 1.0 if run.mask is None else (run.mask > 0).float()


def _held(images: Tensor, clean: Tensor, params: FeatureParams) -> Tensor:
    """Return pictures within the ball, and drawn back along the line to the clean photos where they look too unlike."""
    inside = within(images, clean, params.norm, params.eps / 255.0)
    if params.perceptual is None:
        return inside
    low, high = torch.zeros(len(clean), 1, 1, 1, device=clean.device), torch.ones(len(clean), 1, 1, 1).to(clean)
    is_near = (dissimilarity(inside, clean) <= params.perceptual).view_as(low)
    for _ in range(_HALVINGS if not bool(is_near.all()) else 0):
        middle = (low + high) / 2.0
        fits = (dissimilarity(clean + middle * (inside - clean), clean) <= params.perceptual).view_as(low)
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return torch.where(is_near, inside, clean + low * (inside - clean))


def _climb(
    images: Tensor, clean: Tensor, objective: Callable[[Tensor], tuple[Tensor, Tensor]], best: Tensor, most: Tensor,
    params: FeatureParams, run: Run, restart: int,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Take one attempt's steps; return the best photos and their losses."""
    size = 2.5 * params.eps / params.steps / 255.0
    for step in range(params.steps + 1):
        run.progress((restart + step / (params.steps + 1)) / params.restarts, f"step {step} of {params.steps}")
        losses, _, gradient = gradient_of(objective, images)
        is_better = losses > most
        best = torch.where(is_better.view(-1, 1, 1, 1), images, best)
        most = torch.where(is_better, losses, most)
        moved = images + size * steepest(gradient * _free(run), params.norm, images)
        images = _held(moved, clean, params)
    return best, most
