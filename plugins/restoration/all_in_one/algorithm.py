"""Repair of whatever is wrong: a network recognises the damage on the whole photo, and the tool for it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.all_in_one.descriptor import RECOGNISER, AllInOneParams
from plugins.restoration.all_in_one.kinds import CURES, KINDS

_SIDE = 256  # of the parts that are looked at for what is wrong
_PARTS = 3  # of them, spread over a photo's height and width
_LIKELY = 0.5  # from which on something is done: likelier than all else together. The page has both errors of it
_SURE = 0.7  # below it the next likely kind is named, too
_ALMOST = 0.995  # what would be rounded to certainty
_FLAT = 1.0 / 255.0  # what all values of a picture lie within that shows nothing
_NOTHING_SEEN = "This picture is the same all over, which tells nothing of damage: it stays as it is."


def run(images: Tensor, params: AllInOneParams, run: Run) -> Result:
    """Repair photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1], each by the tool for its damage.

    The report says what was found to be wrong, how likely that and all else is, and which tool was called. A picture
    that is the same all over stays as it is unless the damage is told; a grey one is not taken for one under water.
    """
    found, repaired, reports = likelihoods(images, run).tolist(), list[Tensor](), list[Mapping[str, Any]]()
    for place, row in enumerate(found):
        image = images[place : place + 1]
        is_told = params.damage != "automatic"
        kind = params.damage if is_told else KINDS[row.index(max(row))]
        report = _report(kind, row, is_told=is_told)
        if not is_told and _is_flat(image):
            report |= {"damage": "nothing", "headline": _NOTHING_SEEN, "caveats": []}
        elif kind in CURES and (is_told or max(row) >= _LIKELY):
            tool, given = CURES[kind]
            run.progress(0.0, report["headline"])
            result = run.call(tool, image, given, seeds=run.seeds[place : place + 1])
            if result.image is not None and result.image.equal(image):
                report["caveats"] = [
                    f"The tool for it, {tool}, found nothing to do: the photo stays as it is.", *report["caveats"]]
            elif result.image is not None:
                image = image + (params.strength / 100.0) * (result.image - image)
            report |= {"repaired_by": tool}
        repaired.append(image)
        reports.append(report)
    return Result(image=torch.cat(repaired), reports=reports)


def likelihoods(images: Tensor, run: Run) -> Tensor:
    """Return how likely each of `KINDS` is, ``(N, kinds)``: the mean logits of parts spread over each photo."""
    recogniser, found = run.network(RECOGNISER), list[Tensor]()
    with torch.no_grad():
        for top in _places(images.shape[-2]):
            for left in _places(images.shape[-1]):
                run.check()
                found.append(recogniser(images[..., top : top + _SIDE, left : left + _SIDE]))
    logits = torch.stack(found).mean(0)
    is_grey = (images - images[:, :1]).abs().amax((1, 2, 3)) == 0.0
    logits[is_grey, KINDS.index("water")] = -torch.inf  # water is told by the cast that it gives
    return logits.softmax(1)


def _is_flat(image: Tensor) -> bool:
    """Return whether every colour of a picture is the same all over."""
    return float((image.amax((2, 3)) - image.amin((2, 3))).max()) < _FLAT


def _said(likelihood: float) -> str:
    """Return a share in per cent; nothing is certain."""
    return f"{likelihood:.0%}" if likelihood < _ALMOST else "over 99%"


def _places(size: int) -> list[int]:
    last = max(size - _SIDE, 0)
    return sorted({round(last * part / (_PARTS - 1)) for part in range(_PARTS)})


def _report(kind: str, found: Sequence[float], *, is_told: bool) -> dict[str, Any]:
    ranked = sorted(zip(found, KINDS, strict=True), reverse=True)
    likelihood = found[KINDS.index(kind)]
    every = {one: round(value, 3) for one, value in zip(KINDS, found, strict=True)}
    report = dict[str, Any](damage=kind, likelihood=round(likelihood, 3), likelihoods=every, caveats=[])
    if is_told:
        report["headline"] = f"Repaired as {kind}, as you said; by itself it found that {_said(likelihood)} likely."
    elif kind == "nothing":
        report["headline"] = f"Nothing seems wrong with this photo ({_said(likelihood)} sure): it stays as it is."
    elif likelihood < _LIKELY:
        report["headline"] = f"Nothing was done: {kind} is likeliest, but only {likelihood:.0%} sure."
    else:
        report["headline"] = f"This photo suffers from {kind} ({_said(likelihood)} sure)."
    if not is_told and likelihood < _SURE:
        next_most, other = ranked[1]
        report["caveats"] = [f"It may as well be {other} ({next_most:.0%}): set the damage by hand and compare."]
    return report
