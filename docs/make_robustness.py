"""Measure how far one level of noise, shaped worst, spoils each restoration, and write it to ``docs/robustness.md``.

``python docs/make_robustness.py`` restores small crops of the program's own samples, as they suffer from what each tool
is for, then has `attack.restoration` look for the noise of at most one 8-bit level that takes the restored photo
furthest from the truth, and compares it with random noise of the same size. It writes the part of the page between its
two marks only, after each tool; with names (``python docs/make_robustness.py denoise.nlm …``) the other rows stay.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from desktop_app.api.resources import bundled
from desktop_app.core.application import Application
from desktop_app.core.atomic import write_whole
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import Raster, from_planes
from desktop_app.core.jobs.request import TargetSpec, ToolRequest
from desktop_app.core.lab.metrics import psnr

DOCS = Path(__file__).resolve().parent
BEGIN, END = "<!-- restorations: made by docs/make_robustness.py -->", "<!-- restorations: end -->"
EPS = 1.0
_SIDE = 64
_CROPS = {"cat.png": (96, 190), "coffee.jpg": (150, 220), "astronaut.jpg": (60, 200)}
_BLUR = {"length": 9.0, "angle": 30.0}


@dataclass(frozen=True)
class Case:
    """A restoration with its parameters, what it is to mend, and how many steps the search may take."""

    tool: str
    params: Mapping[str, Any] = field(default_factory=dict)
    trouble: tuple[tuple[str, Mapping[str, Any]], ...] = (("degrade.gaussian_noise", {"sigma": 15.0}),)
    steps: int = 20


_BLURRED = (("degrade.motion_blur", _BLUR), ("degrade.gaussian_noise", {"sigma": 2.0}))
_SMALL = (("degrade.downsample", {}),)
CASES = (
    Case("denoise.bm3d", {"sigma": 15.0}, steps=8), Case("denoise.tv", {"sigma": 15.0}),
    Case("denoise.nlm", {"sigma": 15.0}, steps=8), Case("denoise.wavelet", {"sigma": 15.0}),
    Case("denoise.dct", {"sigma": 15.0}, steps=8), Case("denoise.bilateral", {"sigma": 15.0}),
    Case("denoise.deep", {"sigma": 15.0}), Case("denoise.dncnn", steps=8),
    Case("denoise.mlp", {"sigma": 15.0}, steps=8), Case("denoise.autoencoder"),
    Case("superres.bicubic", trouble=_SMALL), Case("superres.back_projection", trouble=_SMALL, steps=8),
    Case("superres.sparse", trouble=_SMALL, steps=3), Case("superres.srcnn", trouble=_SMALL),
    Case("superres.vdsr", trouble=_SMALL, steps=8),
    Case("deblur.wiener", _BLUR, _BLURRED), Case("deblur.tikhonov", _BLUR, _BLURRED),
    Case("deblur.richardson_lucy", _BLUR, _BLURRED, steps=8), Case("deblur.tv", _BLUR, _BLURRED, steps=8),
    Case("deblur.hyper_laplacian", _BLUR, _BLURRED, steps=8), Case("deblur.dcnn", _BLUR, _BLURRED, steps=8),
)  # fmt: skip


def main(names: list[str]) -> None:
    """Measure the named restorations, or all, and write the page."""
    page = DOCS / "robustness.md"
    text = page.read_text(encoding="utf-8") if page.is_file() else f"# Robustness\n\n{BEGIN}\n{END}\n"
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1)
    rows, after = rows_in(rest.split(END, 1)[0]), rest.split(END, 1)[1]
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        for case in CASES:
            if not names or case.tool in names:
                rows[f"`{case.tool}`"] = row(application, case)
                shown = [rows[f"`{one.tool}`"] for one in CASES if f"`{one.tool}`" in rows]
                write_whole(page, f"{before}{BEGIN}\n{section(shown)}{END}{after}".encode())
        application.close()


def rows_in(section: str) -> dict[str, tuple[str, ...]]:
    """Return the rows of a section's table by their first cells, which name tools."""
    lines = (line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `"))
    return {cells[0]: tuple(cells) for cells in lines}


def row(application: Application, case: Case) -> tuple[str, ...]:
    """Return a tool's figures as cells: its PSNR, what random noise and the worst cost, and by which slope."""
    found: list[tuple[float, float, float]] = []
    for name, (top, left) in _CROPS.items():
        pixels = open_photo(bundled(f"samples/{name}")).raster.pixels[top : top + _SIDE, left : left + _SIDE]
        truth = Raster(np.ascontiguousarray(pixels))
        photo = truth
        for tool, params in case.trouble:
            degraded = application.engine.run(ToolRequest(tool, params), photo, exact_16=False).raster
            assert degraded is not None
            photo = degraded
        found.append(psnrs(application, case, photo, truth))
        print(case.tool, name, *(f"{value:.2f}" for value in found[-1]), file=sys.stderr)
    before, random, worst = (mean(values) for values in zip(*found, strict=True))
    slope = "its own" if application.host.tool(case.tool).differentiable else "straight through"
    return f"`{case.tool}`", f"{before:.2f}", f"{before - random:.2f}", f"{before - worst:.2f}", slope


def psnrs(application: Application, case: Case, photo: Raster, truth: Raster) -> tuple[float, float, float]:
    """Return the PSNR of what is restored of a photo, of it with random noise, and with the worst that was found.

    A result that is larger than the photo is moved away from what it was, since the attack takes no larger reference.
    """
    planes = photo.planes(0, 0, photo.height, photo.width).clip(0.0, 1.0)  # as an attack is given it
    whole = truth.planes(0, 0, truth.height, truth.width)
    request = ToolRequest(
        "attack.restoration", {"eps": EPS, "steps": case.steps}, subjects=(TargetSpec(case.tool, case.params),)
    )
    inputs = {"reference": whole} if planes.shape == whole.shape else {}
    photo = from_planes(planes)
    worst = application.engine.run(request, photo, inputs=inputs, exact_16=False).raster
    signs = np.sign(np.random.default_rng(0).standard_normal(planes.shape))
    random = from_planes((planes + EPS / 255.0 * signs).clip(0.0, 1.0).astype(np.float32))

    def restored(one: Raster | None) -> float:
        assert one is not None  # an attack gives a picture
        result = application.engine.run(ToolRequest(case.tool, case.params), one, exact_16=False).raster
        assert result is not None
        return psnr(result.planes(0, 0, result.height, result.width).clip(0.0, 1.0), whole)

    return restored(photo), restored(random), restored(worst)


def section(rows: list[tuple[str, ...]]) -> str:
    """Return the part of the page that this script writes."""
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return f"""
## Restorations under the worst noise of one level

How many decibels noise costs that moves no value by more than {EPS:g} of 255 levels: drawn at random (signs, so that
it fills the budget), and shaped by `attack.restoration` so that the restored photo lies far from the truth.
Means of {len(_CROPS)} crops of {_SIDE} × {_SIDE} pixels of the program's samples; denoisers get noise of σ 15,
super-resolution half the size (and is taken away from its own answer, not from the truth), deblurring a known motion
of {_BLUR["length"]:g} pixels and noise of σ 2. *Slope* says how the noise was looked for:
along the tool's own gradient, or, where it has none, straight through it as if it left things
as they are (BPDA); then worse noise may exist.

| restoration | PSNR (dB) | random noise costs (dB) | worst noise costs (dB) | slope |
|---|---|---|---|---|
{table}

A restoration whose worst noise costs much more than random noise amplifies or invents: what it shows can hang on
changes that nobody sees.

"""


if __name__ == "__main__":
    main(sys.argv[1:])
