"""How maps of uncertainty order places by their true errors: ``python docs/make_uncertainty.py [FIGURES.json]``.

Writes the table of docs/uncertainty.md and, for the maps themselves, ``resources/calibration/ranking.json``. What a
file of figures has of an earlier run is not measured again. Photos of the odd half of BSD68, a part of each; every
method and every default target, beside two rulers (`desktop_app.core.lab.ranking`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.pictures import Planes, photos, planes_of  # noqa: E402 - the checkout comes first
from desktop_app.api.resources import bundled  # noqa: E402
from desktop_app.core.application import Application  # noqa: E402
from desktop_app.core.atomic import write_whole  # noqa: E402
from desktop_app.core.evaluation.opinions import asked_of  # noqa: E402
from desktop_app.core.imaging.raster import Raster  # noqa: E402
from desktop_app.core.jobs.request import MapLayer, TargetSpec, ToolRequest  # noqa: E402
from desktop_app.core.lab.ranking import ause, oracle, rank_correlation, trivial_ruler  # noqa: E402
from desktop_app.numerics.error_scale import WEIGHTS, error_scale, read_rule  # noqa: E402

PAGE = ROOT / "docs" / "uncertainty.md"
RANKING = ROOT / "resources" / "calibration" / "ranking.json"
_SIDE, _PHOTOS, _PASSES = 320, 10, 8
_SIGMA = 25.0
_TOLD = {"sigma": _SIGMA}
_NOISE = (("degrade.gaussian_noise", _TOLD),)
_SPREADS = ("uncertainty.tta",)
_OF_DENOISERS = (*_SPREADS, "uncertainty.sure")
_OF_ITSELF = (*_OF_DENOISERS, "uncertainty.heteroscedastic", "uncertainty.mc_dropout")
ON = f"{_PHOTOS} photos of BSD68's odd half, {_SIDE}×{_SIDE} pixels each, grey"
LOOK = "uncertainty.conformal"


@dataclass(frozen=True)
class Target:
    """A restoration in question, what its photos suffer from, and which methods are asked about it."""

    tool: str
    methods: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    trouble: tuple[tuple[str, Mapping[str, Any]], ...] = _NOISE
    said: str = f"white noise, σ {_SIGMA:g}"


TARGETS = (
    Target("denoise.deep", _OF_ITSELF, _TOLD),
    *(Target(f"denoise.{name}", _OF_DENOISERS, _TOLD) for name in ("bm3d", "nlm", "tv")),
    Target("restore.model", _SPREADS),
    Target("deblur.hyper_laplacian", _SPREADS, {"sigma": 2.0}, (
        ("degrade.motion_blur", {"length": 9.0, "angle": 0.0}), ("degrade.gaussian_noise", {"sigma": 2.0}),
    ), "motion of 9 pixels, noise σ 2"),
    *(Target(f"superres.{name}", _SPREADS, {}, (("degrade.downsample", {"factor": 2}),), "half the size")
      for name in ("bicubic", "back_projection", "sparse")),
)  # fmt: skip
_EXTRA: Mapping[str, Mapping[str, Any]] = {"uncertainty.mc_dropout": {"passes": _PASSES}}


def measured(application: Application, target: Target) -> dict[str, list[dict[str, float]]]:
    """Return each map's figures on every photo, by ``method:map`` where a method has several."""
    found: dict[str, list[dict[str, float]]] = {}
    rule = read_rule(bundled(WEIGHTS))
    for seed, path in enumerate(photos("bsd68_odd/*.png")[:_PHOTOS]):
        truth = _middle(planes_of(path))
        given = Raster(np.ascontiguousarray(truth.transpose(1, 2, 0)))
        for step, (tool, params) in enumerate(target.trouble):
            degraded = application.engine.run(ToolRequest(tool, params, seed + step), given, exact_16=False).raster
            assert degraded is not None
            given = degraded
        result: Planes | None = None
        for method in target.methods:
            asked = ToolRequest(method, _EXTRA.get(method, {}), seed, (TargetSpec(target.tool, target.params),))
            outcome = application.engine.run(asked, given, exact_16=False)
            assert outcome.raster is not None
            result = outcome.raster.planes() if result is None else result
            for name, layer in _named(method, outcome.maps):
                found.setdefault(name, []).append(_figures(layer.values, np.abs(result - truth).mean(0)))
        assert result is not None
        errors = np.abs(result - truth).mean(0)
        pair = [torch.from_numpy(one)[None] for one in (result, given.planes())]
        scale = error_scale(*pair, rule, asked_of(application.engine))[0].numpy()
        rulers = {LOOK: scale, "trivial": trivial_ruler(result), "oracle": oracle(errors)}
        for name, values in rulers.items():
            found.setdefault(name, []).append(_figures(values, errors))
    return found


def _named(method: str, maps: tuple[MapLayer, ...]) -> Iterator[tuple[str, MapLayer]]:
    for layer in maps:
        yield (f"{method}:{layer.name}" if len(maps) > 1 else method), layer


def _middle(planes: Planes) -> Planes:
    top, left = ((side - _SIDE) // 2 for side in planes.shape[1:])
    return planes[:, top : top + _SIDE, left : left + _SIDE]


def _figures(values: Planes, errors: Planes) -> dict[str, float]:
    return {"rank_correlation": rank_correlation(values, errors), "ause": ause(values, errors)}


def ranking(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what maps carry as ``checked``, by method and target; what is not a map of a tool is left out."""
    maps: dict[str, dict[str, Any]] = {}
    for tool, found in figures.items():
        rulers = {name: _means(found[name]) for name in ("trivial", "oracle")}
        for method in found.keys() - rulers.keys() - {LOOK}:
            maps.setdefault(method, {})[tool] = {"n": len(found[method]), **_means(found[method]), **rulers}
    return {"on": ON, "maps": {name: dict(sorted(of.items())) for name, of in sorted(maps.items())}}


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(fmean(row[name] for row in rows), 3) for name in rows[0]}


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of the page."""
    lines = [
        "| target | map | rank correlation | AUSE | share of the oracle | better than trivial |",
        "|---|---|---|---|---|---|",
    ]
    troubles = {target.tool: target.said for target in TARGETS}
    for tool, found in figures.items():
        best = fmean(row["rank_correlation"] for row in found["oracle"])
        names = sorted(found, key=lambda name: -_means(found[name])["rank_correlation"])
        for name in names:
            means = _means(found[name])
            wins = sum(ours["rank_correlation"] > ruler["rank_correlation"]
                       for ours, ruler in zip(found[name], found["trivial"], strict=True))  # fmt: skip
            beats = "" if name in ("oracle", "trivial") else f"{wins} of {len(found[name])}"
            lines.append(f"| {tool} ({troubles[tool]}) | {_title(name)} | {means['rank_correlation']:.3f} | "
                         f"{means['ause']:.3f} | {means['rank_correlation'] / best:.2f} | {beats} |")
    return "\n".join(lines)


def _title(name: str) -> str:
    return {"trivial": "*ruler: local deviation of the result*", "oracle": "*ruler: error around the pixel*",
            LOOK: "`uncertainty.conformal`: the interval's width"}.get(name, f"`{name}`")  # fmt: skip


def main(names: list[str]) -> None:
    """Measure, or read what was, and write."""
    torch.set_num_threads(1)
    kept = Path(names[0]) if names else None
    figures = json.loads(kept.read_text(encoding="utf-8")) if kept is not None and kept.is_file() else {}
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        for target in TARGETS:
            if target.tool in figures:
                continue
            figures[target.tool] = measured(application, target)
            print(target.tool, {name: _means(rows) for name, rows in figures[target.tool].items()}, flush=True)
            if kept is not None:
                write_whole(kept, json.dumps(figures).encode())
        application.close()
    write_whole(RANKING, (json.dumps(ranking(figures), indent=1) + "\n").encode())
    page = filled(PAGE.read_text(encoding="utf-8"), "ranking", table(figures))
    write_whole(PAGE, filled(page, "coverage", coverages()).encode())


def filled(page: str, part: str, text: str) -> str:
    """Return the page with a part of it made anew."""
    begin, end = f"<!-- {part}: made by docs/make_uncertainty.py -->", f"<!-- end of {part} -->"
    return f"{page[: page.index(begin)]}{begin}\n\n{text}\n\n{page[page.index(end) :]}"


def coverages() -> str:
    """Return the table of the bundled calibration."""
    held = json.loads(bundled("calibration/conformal.json").read_text(encoding="utf-8"))
    lines = ["| tool | noise σ | held out, α 0.1: grey; colour | α 0.05: grey; colour |", "|---|---|---|---|"]
    for tool, found in held["tools"].items():
        levels = ", ".join(f"{row['sigma']:g}" for row in found["grey"])
        cells = ["; ".join(", ".join(f"{row['coverage_elsewhere'][alpha]:.1%}" for row in found[kind])
                           for kind in ("grey", "colour")) for alpha in ("0.1", "0.05")]  # fmt: skip
        lines.append(f"| `{tool}` | {levels} | {cells[0]} | {cells[1]} |")
    said = f"Set on {held['on']}; the coverage is that of tenths of them by the λ of the others."
    return "\n".join([*lines, "", said])


if __name__ == "__main__":
    main(sys.argv[1:])
