"""A restoration before the classifier as a defence (Guo 2018), judged adaptively (Tramèr 2020).

The photo is attacked twice with the same budget. The first attack knows the model alone: what it finds is restored and
asked again, which is how such a defence likes to be shown. The second knows of the restoration too, and goes through
its gradients, or past it where it has none (Athalye 2018, section 4.1). Only what the second says counts.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run, ToolError, top_classes
from plugins.uncertainty.common.behind import restored_and_shares
from plugins.uncertainty.common.predictions import answer, shares_of
from plugins.uncertainty.purify.descriptor import PurifyParams

_QUERIES = 20  # of the black-box attack for each step that one with gradients would take: as much work, roughly
_FALLS = "who knows of the restoration fools the model behind it: do not rely on it as a defence"
_HOLDS = ("this short attack that knows of the restoration did not change the answer behind it, which is no proof; try "
          "attack.auto with the same model and target")  # fmt: skip
_ONLY_BLIND = "it undoes only attacks that do not know of it"


def run(images: Tensor, params: PurifyParams, run: Run) -> Result:
    """Ask about restored photos ``(N, C, H, W)`` float32, clipped to [0, 1], and attack them with and without.

    Returns
    -------
    Result
        The restored photos; maps in levels of what was changed, by the restoration and by the attack that knows of it;
        the answers behind the restoration as an artifact; reports: the answer ``before`` and ``after`` restoring and
        ``after_attack``, whether the model alone falls, whether the restoration undoes that, and whether it ``holds``.
    """
    clean = images.detach().clamp(0.0, 1.0)
    run.progress(0.0, "restoring", until=0.1)
    restored, shares = restored_and_shares(clean, run, params.draws)
    with torch.no_grad():
        plain = run.model(clean).softmax(1)
    tool = _attack(clean, restored, run)
    run.progress(0.1, f"{tool} on the model alone", until=0.4)
    blind = _attacked(clean, tool, params, run, is_behind=False)
    with torch.no_grad():
        is_fooled = run.model(blind).argmax(1) != plain.argmax(1)
    undone = restored_and_shares(blind, run, params.draws)[1].argmax(1) == shares.argmax(1)
    run.progress(0.45, f"{tool} through the restoration", until=0.95)
    adaptive = _attacked(clean, tool, params, run, is_behind=True)
    attacked = restored_and_shares(adaptive, run, params.draws)[1]
    falls = attacked.argmax(1) != shares.argmax(1)
    reports = []
    for index, (own, behind) in enumerate(zip(plain, shares, strict=True)):
        found = [bool(one[index]) for one in (is_fooled, undone, falls)]
        reports.append({
            **answer(f"{run.target.tool} first", behind, run.model), "mutual_information": None,
            "before": top_classes(own, run.model.labels), "after": top_classes(behind, run.model.labels),
            "after_attack": top_classes(attacked[index], run.model.labels),
            "is_changed": int(own.argmax()) != int(behind.argmax()), **_verdict(*found), "attack": tool,
            "eps": params.eps, "norm": "linf", "steps": params.steps,
        })  # fmt: skip
    maps = _maps(clean, restored, adaptive) if restored.shape == clean.shape else []
    return Result(image=restored, maps=maps, reports=reports, artifacts=shares_of(shares))


def _verdict(is_fooled: bool, undone: bool, falls: bool) -> dict[str, Any]:
    """Return what two attacks say of a defence; of restoring what fooled nobody, nothing."""
    caveats = [_FALLS] if falls else [_HOLDS]
    return {
        "model_alone_falls": is_fooled, "blind_attack_is_undone": undone if is_fooled else None, "holds": not falls,
        "caveats": [*caveats, _ONLY_BLIND] if falls and is_fooled and undone else caveats,
    }  # fmt: skip


def _attack(images: Tensor, restored: Tensor, run: Run) -> str:
    """Return the attack that can be made: without gradients, or a way past the restoration, one by answers alone."""
    try:
        _ = run.model.module
    except ToolError:
        return "attack.square"
    return "attack.pgd" if run.target.is_differentiable or restored.shape == images.shape else "attack.square"


def _attacked(images: Tensor, tool: str, params: PurifyParams, run: Run, *, is_behind: bool) -> Tensor:
    """Return photos within the budget that lead the model from its answers, alone or behind the restoration."""
    if tool == "attack.square":
        own = {"queries": params.steps * _QUERIES}
    else:
        own = {"steps": params.steps, "draws": params.draws if is_behind else 1}
    image = run.call(tool, images, {"eps": params.eps, "norm": "linf", **own}, is_behind=is_behind).image
    assert image is not None  # the contract of an attack
    return image


def _maps(images: Tensor, restored: Tensor, attacked: Tensor) -> list[Map]:
    return [
        Map(name="change", values=_moved(images, restored), kind="difference", unit="levels",
            meaning="How far the restoration moved this pixel before the model saw it."),
        Map(name="attack", values=_moved(images, attacked), kind="perturbation", unit="levels",
            meaning="How far the attack that knows of the restoration moved this pixel."),
    ]  # fmt: skip


def _moved(images: Tensor, others: Tensor) -> Tensor:
    return (others - images).abs().amax(1) * 255.0
