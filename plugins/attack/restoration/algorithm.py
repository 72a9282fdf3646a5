"""The noise within a ball that moves a restoration's answer furthest: projected ascent on the mean squared error.

Where a restoration has no gradient, the error itself stands for its slope, as if it left things as they are
(straight-through, BPDA: Athalye 2018, section 4.1); by itself, and over several steps, that is a power iteration.
"""

from __future__ import annotations

from math import log10

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import ParameterError, Restoration, Result, Run
from desktop_app.numerics.projections import within
from plugins.attack.common.steps import steepest
from plugins.attack.restoration.descriptor import RestorationParams

_COARSER = 8  # times, from restart to restart
_LEAST = 1e-10  # mean squared error of what counts as the same picture: 100 dB


def run(images: Tensor, params: RestorationParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] within their budget to where the restoration errs most.

    Raises
    ------
    ParameterError
        If a reference has another size than what is restored, or an exact slope is wanted of a tool that has none.
    """
    clean = images.detach().clamp(0.0, 1.0)
    target, free = run.target, 1.0 if run.mask is None else (run.mask > 0).to(clean)
    is_exact = params.slope == "exact" or (params.slope == "automatic" and target.is_differentiable)
    with torch.no_grad():
        answer = target(clean, run.seeds)
    truth = run.inputs.get("reference", answer)
    if truth.shape != answer.shape:
        got = f"{tuple(truth.shape[1:])} beside {tuple(answer.shape[1:])}"
        raise ParameterError(f"expected a reference of the restored photo's channels and size, got {got}; leave it out")
    radius, size = params.eps / 255.0, 2.5 * params.eps / params.steps / 255.0
    best, most, plain = clean.clone(), _error(answer, truth), None
    for restart in range(params.restarts):
        at = within(clean + free * _noise(clean, restart, params, run), clean, params.norm, radius)
        for step in range(params.steps + 1):
            run.progress((restart + step / (params.steps + 1)) / params.restarts, f"step {step} of {params.steps}")
            error, slope = _slope(target, at, truth, run, is_exact=is_exact)
            plain = error if plain is None else plain
            is_worse = error > most
            best = torch.where(is_worse.view(-1, 1, 1, 1), at, best)
            most = torch.where(is_worse, error, most)
            at = within(at + size * steepest(free * slope, params.norm, at), clean, params.norm, radius)
    assert plain is not None  # there is at least one attempt
    return Result(image=best, reports=_reports(params, run, _error(answer, truth), plain, most, is_exact=is_exact))


def _noise(clean: Tensor, restart: int, params: RestorationParams, run: Run) -> Tensor:
    """Return noise ``(N, C, H, W)`` that fills the budget: signs, or normal numbers, the same in blocks of pixels.

    A restoration lets coarse noise through that it would smooth away pixel by pixel, and a climb from signs that change
    from pixel to pixel gets stuck on the way there.
    """
    block = min(_COARSER ** min(restart, 8), max(clean.shape[2:]))
    drawn = run.randn(clean[:, :, ::block, ::block])
    spread = F.interpolate(drawn, scale_factor=float(block), mode="nearest")[..., : clean.shape[2], : clean.shape[3]]
    return steepest(spread, params.norm, clean) * (params.eps / 255.0)


def _error(answer: Tensor, truth: Tensor) -> Tensor:
    """Return the mean squared error, ``(N,)``."""
    return (answer - truth).square().flatten(1).mean(1)


def _slope(target: Restoration, at: Tensor, truth: Tensor, run: Run, *, is_exact: bool) -> tuple[Tensor, Tensor]:
    """Return errors ``(N,)`` and where they rise, ``(N, C, H, W)``."""
    if is_exact:
        with torch.enable_grad():
            leaf = at.detach().requires_grad_(True)
            error = _error(target(leaf, run.seeds), truth)
            if not error.requires_grad:
                raise ParameterError(f"expected a restoration with gradients, got {target.tool!r}, which has none; "
                                     "leave the slope automatic")  # fmt: skip
            (slope,) = torch.autograd.grad(error.sum(), leaf)
        return error.detach(), slope
    with torch.no_grad():
        answer = target(at, run.seeds)
        miss = answer - truth
        if miss.shape[2:] != at.shape[2:]:
            miss = F.interpolate(miss, at.shape[2:], mode="area")
        return _error(answer, truth), miss


def _reports(
    params: RestorationParams, run: Run, before: Tensor, plain: Tensor, worst: Tensor, *, is_exact: bool
) -> list[dict[str, object]]:
    """Return what was found: how far the restored photo is off before, with random noise, and with the worst."""
    asked = params.restarts * (params.steps + 1) + 1
    words = "its own gradient" if is_exact else "straight through, since it has no gradient: worse noise may exist"
    is_true = "reference" in run.inputs
    reports: list[dict[str, object]] = []
    for was, random, now in zip(before.tolist(), plain.tolist(), worst.tolist(), strict=True):
        off, chance = (255.0 * max(value, 0.0) ** 0.5 for value in (now, random))
        found = {"rmse": off, "rmse_random": chance, "psnr": _decibels(now), "psnr_random": _decibels(random)}
        first = {"psnr_before": _decibels(was)} if is_true else {}
        from_what = "the true photo" if is_true else "what it made of the photo as it was"
        said = (
            f"what is restored is {off:.2f} levels off {from_what} (root mean square), with random noise of the same "
            f"size {chance:.2f}"
        )
        reports.append({
            "target": run.target.tool, "slope": words, "queries": asked, **found, **first, "headline": said,
            "caveats": [] if is_exact else ["the restoration has no gradient, so the noise was looked for as if it "
                                           "left things as they are; worse noise may exist"],
        })  # fmt: skip
    return reports


def _decibels(error: float) -> float:
    return -10.0 * log10(max(error, _LEAST))
