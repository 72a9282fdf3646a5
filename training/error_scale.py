"""How far a restoration may be off, by the look of it.

Sixty photos (`training.photos`: of those that the learnt denoiser was trained on, so that the hundred for calibrating
intervals stay unseen), a part of each in grey and in colour, degraded and restored by tools of several tasks, and what
they made of it beside the truth. Writes ``error_scale.safetensors`` (`numerics.error_scale`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from benchmarks.pictures import Bench, bench
from desktop_app.core.atomic import write_whole
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.error_scale import WEIGHTS, features, opinions, taken_away
from training.checkpoints import kept_part
from training.noise import degraded
from training.photos import load_bsds

__all__ = ["Case", "add_options", "cases", "fitted", "make", "spoilt"]

_PHOTOS = 60
_SIDE = 120
_EVERY = 3  # of the pixels each way: neighbours tell the same
_WIDTHS = (48, 48)
_TURNS = 7200.0  # degrees: strengths that are near have directions that are not
_BATCH, _RATE = 4096, 3e-3


@dataclass(frozen=True)
class Case:
    """What was done to a photo before a tool, ``(method, params)`` of degradations, and that tool."""

    tool: str
    params: Mapping[str, Any]
    degradations: tuple[tuple[str, Mapping[str, Any]], ...]


def cases(draw: float) -> list[Case]:
    """Return every task's tools at a strength of damage that a number in [0, 1] chooses."""
    sigma = round(4.0 * 15.0**draw, 2)
    noise = (("gaussian_noise", {"sigma": sigma}),)
    spread = round(0.6 + 1.8 * draw, 2)
    blur = (("gaussian_blur", {"spread": spread}), ("gaussian_noise", {"sigma": round(1.0 + 2.0 * draw, 2)}))
    motion = {"length": round(4.0 + 12.0 * draw, 1), "angle": round(draw * _TURNS % 180.0 - 90.0, 1)}
    shaken = (("motion_blur", motion), ("gaussian_noise", {"sigma": round(1.0 + 3.0 * draw, 2)}))
    factor = 2 if draw < 0.6 else 3
    small = (("downsample", {"factor": factor}),)
    denoisers = ("deep", "tv", "nlm", "bm3d", "wavelet", "dct", "tikhonov")
    deblurring = ("hyper_laplacian", "wiener", "tv")
    return [
        *(Case(f"denoise.{name}", {"sigma": sigma}, noise) for name in denoisers),
        Case("restore.model", {}, noise),
        Case("restore.model", {}, (("jpeg", {"quality": int(10 + 60 * draw)}),)),
        *(Case(f"deblur.{name}", {"shape": "gaussian", "spread": spread}, blur) for name in deblurring),
        *(Case(f"deblur.{name}", {"shape": "motion", **motion}, shaken) for name in ("hyper_laplacian", "tv")),
        *(Case(f"superres.{name}", {"scale": factor}, small) for name in ("bicubic", "back_projection", "sparse")),
    ]  # fmt: skip


def spoilt(photo: Tensor, case: Case, seed: int) -> Tensor:
    """Return a photo ``(1, C, H, W)`` float32 in [0, 1] after a case's degradations, unclipped."""
    for step, (method, params) in enumerate(case.degradations):
        photo = degraded(method, photo, params, seed + step)
    return photo


def _seen(tools: Bench, photo: Tensor, case: Case, seed: int) -> tuple[Tensor, Tensor]:
    """Return features ``(n, F)`` of some pixels of a restored photo, and absolute errors ``(n,)`` in levels."""
    given = spoilt(photo, case, seed)
    result = torch.from_numpy(tools.run(case.tool, given[0].numpy(), case.params))[None]
    removed = taken_away(result, given)
    level = removed.square().mean((1, 2, 3), keepdim=True)
    found = features(result.mean(1, keepdim=True), removed, opinions(result, given, tools.opinion), level)[0]
    errors = 255.0 * (result - photo).mean(1).abs()[0]
    start = seed % _EVERY
    return found[:, start::_EVERY, start::_EVERY].flatten(1).T, errors[start::_EVERY, start::_EVERY].flatten()


def _drawn(photos: Sequence[Tensor], seed: int) -> list[tuple[Tensor, float]]:
    """Return a part of each photo ``(3, H, W)`` uint8, every second in grey, and how strong its damage is to be."""
    generator, found = torch.Generator().manual_seed(seed), []
    for place, photo in enumerate(photos):
        top, left = (int(torch.randint(side - _SIDE + 1, (1,), generator=generator)) for side in photo.shape[1:])
        part = photo[None, :, top : top + _SIDE, left : left + _SIDE].float() / 255.0
        found.append((luminance(part) if place % 2 else part, float(torch.rand((), generator=generator))))
    return found


def _samples(tools: Bench, part: Tensor, draw: float, place: int) -> Mapping[str, Tensor]:
    """Return features and errors of every tool on a part of a photo ``(1, C, H, W)`` float32 in [0, 1]."""
    seen, errors = zip(*(_seen(tools, part, case, place) for case in cases(draw)), strict=True)
    print(f"photo {place + 1}", flush=True)
    return {"seen": torch.cat(seen), "errors": torch.cat(errors)}


def fitted(seen: Tensor, errors: Tensor, steps: int, seed: int = 0) -> dict[str, Tensor]:
    """Return the rule (`numerics.error_scale.Rule`) that is likeliest for features ``(n, F)`` and errors ``(n,)``."""
    torch.manual_seed(seed)
    widths = (seen.shape[1], *_WIDTHS, 1)
    parts = [nn.Linear(one, other) for one, other in pairwise(widths)]
    network = nn.Sequential(*(part for layer in parts for part in (layer, nn.SiLU())))[:-1]
    mean, deviation = seen.mean(0), seen.std(0) + 1e-6
    optimiser = torch.optim.Adam(network.parameters(), _RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        some = torch.randint(len(seen), (_BATCH,))
        said = network((seen[some] - mean) / deviation)[:, 0]
        loss = (errors[some] * (-said).exp() + said).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        parts[-1].bias.sub_(torch.tensor(255.0).log())  # errors were in levels
    return _layers_of(parts) | {"mean": mean, "deviation": deviation}


def _layers_of(parts: Sequence[nn.Linear]) -> dict[str, Tensor]:
    """Return layers by the names that a rule has for them."""
    found = {}
    for index, part in enumerate(parts):
        found[f"weight{index}"], found[f"bias{index}"] = part.weight.detach().clone(), part.bias.detach().clone()
    return found


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this recipe takes."""
    parser.add_argument("--photos", type=int, default=_PHOTOS)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=0)


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Restore (kept photo by photo), learn and write; return how many pixels were learnt from."""
    photos = load_bsds(options.data).training
    chosen = photos[:: max(len(photos) // options.photos, 1)][: options.photos]
    asked = {"photos": len(chosen), "seed": options.seed}
    with bench() as tools:
        seen = [
            kept_part(options.folder / f"{place}.pt", asked, partial(_samples, tools, part, draw, place))
            for place, (part, draw) in enumerate(_drawn(chosen, options.seed))
        ]
    features_seen, errors = (torch.cat([one[name] for one in seen]) for name in ("seen", "errors"))
    rule = fitted(features_seen, errors, options.steps, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    made = json.dumps({**asked, "steps": options.steps, "licence": "MIT"}, sort_keys=True)
    write_whole(options.output / Path(WEIGHTS).name, save(rule, {"made": made}))
    return {"pixels": sum(len(one["errors"]) for one in seen)}
