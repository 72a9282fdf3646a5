"""The widths of ``uncertainty.conformal`` for the usual restorations.

A hundred photos that no network has seen (`training.photos`), the middle 80×80 pixels of each, grey and in colour, as
the tool's task has them: blurred, or small, and with white Gaussian noise of known strength. Writes ``conformal.json``:
for every tool and noise the λ of each α, on average and for each δ, and the coverage on photos that λ was not set on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from benchmarks.pictures import Bench, bench
from desktop_app.api.resources import bundled, resource_root
from desktop_app.core.application import Application
from desktop_app.core.models.digests import sha256_of
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.conformal import (
    LADDER,
    lambda_in_confidence,
    lambda_on_average,
    loss_curve,
)
from desktop_app.numerics.error_scale import ASKED, WEIGHTS, error_scale, read_rule
from training.checkpoints import kept_part
from training.noise import degraded
from training.photos import load_bsds, read_photo
from training.weights import write_text

__all__ = ["add_options", "make", "row"]

SIGMAS = (0.5, 2.0, 5.0, 20.0, 50.0)
_SLIGHT = (0.0, 4.0, 8.0, 16.0)  # levels of noise in photos whose trouble is another: texture is taken for as much
_BEHIND_BLUR = (0.0, 1.0, 2.0, 4.0, 8.0)  # undoing a blur swells noise, and rounding to 8 bits is some already
_BLURRED = ("motion_blur", {"length": 9.0, "angle": 0.0})  # as the tool's defaults have it
_SMALL = ("downsample", {"factor": 2})


@dataclass(frozen=True)
class Trouble:
    """What a photo suffers from, a degradation and then noise of each strength, and if the tool is told the noise."""

    sigmas: Sequence[float]
    degradation: tuple[str, Mapping[str, Any]] | None = None
    is_told: bool = True


TROUBLES: Mapping[str, Trouble] = {
    **{f"denoise.{name}": Trouble(SIGMAS) for name in ("deep", "bm3d", "nlm", "tv")},
    "deblur.hyper_laplacian": Trouble(_BEHIND_BLUR, _BLURRED, is_told=False),
    **{
        f"superres.{name}": Trouble(_SLIGHT, _SMALL, is_told=False) for name in ("bicubic", "back_projection", "sparse")
    },
    "restore.model": Trouble(SIGMAS, is_told=False),
}
ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.3)
DELTAS = (0.05, 0.1, 0.2)
_SIDE = 80
_PARTS = 10
_VERSION = 1  # of the table's form
_ON = "100 photos of BSDS500 that no network was trained on, 80×80 pixels each, white Gaussian noise"


def row(curves: Tensor, sigma: float) -> dict[str, Any]:
    """Return the thresholds that loss curves ``(n, 1601)`` float32 in [0, 1] set, and their coverage elsewhere."""
    return {
        "sigma": sigma, "n": len(curves), "alphas": list(ALPHAS),
        "average": [_rounded(lambda_on_average(curves, alpha)) for alpha in ALPHAS],
        "confidence": {
            f"{delta:g}": [_rounded(lambda_in_confidence(curves, alpha, delta)) for alpha in ALPHAS] for delta in DELTAS
        },
        "coverage_elsewhere": {f"{alpha:g}": round(_coverage(curves, alpha), 4) for alpha in ALPHAS},
    }  # fmt: skip


def _coverage(curves: Tensor, alpha: float) -> float:
    """Return the mean coverage of tenths of the photos, by the λ that the other nine tenths set."""
    held = []
    for part in torch.arange(len(curves)).chunk(_PARTS):
        others = torch.ones(len(curves), dtype=torch.bool).index_fill(0, part, False)
        value = lambda_on_average(curves[others], alpha)
        held.append(float("nan") if value is None else 1.0 - float(
            curves[part, int(torch.searchsorted(LADDER, value))].mean()
        ))  # fmt: skip
    return sum(held) / len(held)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


def _curves(tools: Bench, tool: str, photos: Sequence[Tensor], sigma: float) -> Iterator[Tensor]:
    trouble = TROUBLES.get(tool, Trouble(SIGMAS))
    told = {"sigma": sigma} if trouble.is_told else {}
    rule = read_rule(bundled(WEIGHTS))
    for seed, photo in enumerate(photos):
        before = photo
        if trouble.degradation is not None:
            method, params = trouble.degradation
            before = degraded(method, photo, params, seed)
        noisy = degraded("gaussian_noise", before, {"sigma": sigma}, seed)
        result = torch.from_numpy(tools.run(tool, noisy[0].numpy(), told))[None]
        error = (result.mean(1) - photo.mean(1)).abs()[0]
        yield loss_curve(error, error_scale(result, noisy, rule, tools.opinion)[0])


def _defaults(tool: str) -> dict[str, Any]:
    """Return for what the thresholds hold: the parameters, and the bundled weights by their SHA-256."""
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        described = application.host.tool(tool)
        assert described.params is not None
        params = described.params().model_dump(mode="json")
        names = [*described.models, *([params[described.network]] if described.network else [])]
        models = [application.models.descriptor(name) for name in names]
        application.close()
    own = resource_root().glob(f"weights/{tool.replace('.', '_')}/*.safetensors")
    files = {*own, *(Path(str(model.weights)) for model in models)}
    weights = {file.relative_to(resource_root()).as_posix(): sha256_of(file) for file in sorted(files)}
    return {"params": {name: value for name, value in params.items() if name != "sigma"}, "weights": weights}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this recipe takes."""
    parser.add_argument("--tools", nargs="+", default=tuple(TROUBLES), help="measured anew; the others' rows are kept")


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Measure tool by tool, each kept when it is done; write; return each tool's coverage elsewhere at α 0.1."""
    photos = load_bsds(options.data).calibration
    asked = {"photos": [path.name for path in photos], "side": _SIDE, "sigmas": SIGMAS, "slight": _SLIGHT,
             "blurred": _BEHIND_BLUR}  # fmt: skip
    file = options.output / "conformal.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["tools"] if file.is_file() else {}
    with bench() as tools:
        for tool in options.tools:
            measured = partial(_measured, tools, tool, photos)
            found[tool] = kept_part(options.folder / f"{tool}.pt", asked, measured)
            print(tool, _coverages(found[tool]), flush=True)
    options.output.mkdir(parents=True, exist_ok=True)
    shared = {WEIGHTS: sha256_of(bundled(WEIGHTS)), **_defaults(ASKED[0])["weights"]}  # that every width hangs on
    table = {"version": _VERSION, "on": _ON, "weights": shared, "tools": found}
    write_text(file, json.dumps(table, separators=(",", ":")) + "\n")
    return {tool: _coverages(found[tool]) for tool in options.tools}


def _measured(tools: Bench, tool: str, paths: Sequence[Path]) -> dict[str, Any]:
    colour = [_middle(read_photo(path)) for path in paths]
    found: dict[str, Any] = _defaults(tool)
    sigmas = TROUBLES[tool].sigmas if tool in TROUBLES else SIGMAS
    for name, photos in (("grey", [luminance(photo) for photo in colour]), ("colour", colour)):
        found[name] = [row(torch.stack(list(_curves(tools, tool, photos, sigma))), sigma) for sigma in sigmas]
    return found


def _coverages(measured: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {' '.join(str(one['coverage_elsewhere']['0.1']) for one in measured[name])}"
        for name in ("grey", "colour")
    )


def _middle(photo: Tensor) -> Tensor:
    top, left = ((side - _SIDE) // 2 for side in photo.shape[1:])
    return photo[None, :, top : top + _SIDE, left : left + _SIDE].float() / 255.0
