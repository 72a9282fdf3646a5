"""Make the pages' pictures, and the pages that nobody has written by hand.

``python docs/make_pages.py [ID…]`` runs every built-in tool (or those named) on a crop of a sample photo that suffers
from what the tool is for, writes ``docs/images/methods/ID.jpg`` (before, after), and shows it on the tool's page.
A page without a hand-written text is made from the descriptor, so that it cannot say anything else than the program.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from desktop_app.api.errors import VerilensError
from desktop_app.api.resources import bundled
from desktop_app.core.application import Application
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.heatmap import colourise, map_range
from desktop_app.core.imaging.raster import Raster, convert_depth
from desktop_app.core.jobs.request import ModelSpec, Outcome, Subject, TargetSpec, ToolRequest
from desktop_app.core.plugins.entries import ToolEntry

DOCS = Path(__file__).resolve().parent
MADE = "<!-- made by docs/make_pages.py from the descriptor -->"
_CROPS = {"cat.png": (40, 100, 208, 288), "coffee.jpg": (90, 150, 208, 288)}
# What a photo suffers from before a tool of that task comes to its aid.
_MOTION = {"length": 15.0, "angle": 30.0}
_BLUR = (("degrade.motion_blur", _MOTION), ("degrade.gaussian_noise", {"sigma": 1.0}))
_NOISE = (("degrade.gaussian_noise", {"sigma": 25.0}),)
_TROUBLE: Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    "denoise": _NOISE,
    "uncertainty": _NOISE,
    "deblur": _BLUR,
    "restore": _BLUR,
    "restore.model": _NOISE,
    "superres": (("degrade.downsample", {}),),
    "lowlight": (("degrade.low_light", {}),),
    "dehaze": (("degrade.haze", {}),),
    "derain": (("degrade.rain", {}),),
    "derain.raindrop": (("degrade.drops", {}),),
    "enhance.portable": (("degrade.poisson_noise", {"photons": 20.0}),),
    "underwater": (("degrade.underwater", {"distance": 2.0}),),
    "enhance.rotate": (("enhance.rotate", {"angle": -6.0}),),
}
_CHOSEN: Mapping[str, Mapping[str, Any]] = {  # where the defaults leave the photo as it is
    "enhance.crop": {"left": 40, "top": 20, "width": 180, "height": 170},
    "enhance.rotate": {"angle": 6.0},
    "enhance.resize": {"percent": 30.0},
}
_KNOWN: Mapping[str, Mapping[str, Any]] = {"deblur": _MOTION, "restore": _MOTION}  # what a tool is told of it
_CATS = ("attack", "uncertainty", "denoise", "inpaint", "underwater")
_DENOISERS = (TargetSpec("denoise.nlm", {"sigma": 25.0}), TargetSpec("denoise.tv", {"sigma": 25.0}))
_OF_ITSELF = {"uncertainty.heteroscedastic": (TargetSpec("denoise.deep", {"sigma": 25.0}),)}  # it has to know its error
_CLASSIFIER = "classify.cifar10_resnet"


def main(names: list[str]) -> None:
    """Make pictures and pages of the named tools, or of all."""
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        entries = [entry for entry in application.host.snapshot().tools if not names or entry.id in names]
        for entry in entries:
            try:
                _save_picture(application, entry)
            except VerilensError as error:
                print(f"{entry.id}: no picture: {error}", file=sys.stderr)
            page_path(entry.id).write_text(page(application, entry), encoding="utf-8")
        application.close()


def _save_picture(application: Application, entry: ToolEntry) -> None:
    before = _subject(application, entry)
    after = _run(application, entry, before)
    if after.raster is None and not after.maps:
        return  # it answers in words and figures alone
    shown = after.raster if after.maps == () or entry.kind != "uncertainty" else _overlaid(after, before)
    pair = [_pixels(raster, before.height) for raster in (before, shown or before)]
    gap = np.full((before.height, 8, 3), 255, np.uint8)
    target = DOCS / "images" / "methods" / f"{entry.id}.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.hstack([pair[0], gap, pair[1]])).save(target, quality=88)


def _subject(application: Application, entry: ToolEntry) -> Raster:
    name = "cat.png" if entry.task in _CATS else "coffee.jpg"
    top, left, height, width = _CROPS[name]
    pixels = open_photo(bundled(f"samples/{name}")).raster.pixels
    photo = Raster(np.ascontiguousarray(pixels[top : top + height, left : left + width]))
    if entry.task == "inpaint":
        return Raster(np.where(_scratches(photo)[..., None] > 0, np.uint8(255), photo.pixels))
    for tool, params in _TROUBLE.get(entry.id, _TROUBLE.get(entry.task, ())):
        degraded = application.engine.run(ToolRequest(tool, params), photo).raster
        assert degraded is not None
        photo = degraded
    return photo


def _run(application: Application, entry: ToolEntry, photo: Raster) -> Outcome:
    inputs = {}
    for spec in entry.inputs:
        if spec["required"]:
            inputs[spec["name"]] = _scratches(photo)[None]
    forms: Mapping[str, tuple[Subject, ...]] = {
        "classifier": (ModelSpec(_CLASSIFIER),), "classifiers": (ModelSpec(_CLASSIFIER),) * 2,
        "restoration": _DENOISERS[:1], "restorations": _DENOISERS,
        "classifier+restoration": (ModelSpec(_CLASSIFIER), _DENOISERS[1]),
    }  # fmt: skip
    subjects = _OF_ITSELF.get(entry.id) or next((forms[form] for form in forms if form in entry.subjects), ())
    known = {name: value for name, value in _KNOWN.get(entry.task, {}).items() if name in entry.schema["properties"]}
    known |= _CHOSEN.get(entry.id, {})
    return application.engine.run(ToolRequest(entry.id, known, subjects=subjects), photo, inputs=inputs)


def _scratches(photo: Raster) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a mask of slanted scratches and a hole."""
    rows, columns = np.mgrid[0 : photo.height, 0 : photo.width]
    mask = ((rows + 2 * columns) % 97 < 5) | ((rows - 70) ** 2 + (columns - 200) ** 2 < 400)
    return mask.astype(np.float32)


def _overlaid(outcome: Outcome, photo: Raster) -> Raster:
    layer = outcome.maps[0]
    low, high = map_range(layer)
    colours = colourise(layer.values, layer.colormap, low, high)[..., :3].astype(np.float32)
    return Raster(np.rint(0.35 * _pixels(photo, photo.height) + 0.65 * colours).astype(np.uint8))


def _pixels(raster: Raster, height: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return 8-bit RGB of a given height, so that a pair stands level."""
    pixels = convert_depth(raster.pixels, "8").repeat(3 // raster.channels, 2)
    picture = Image.fromarray(pixels)
    size = (round(raster.width * height / raster.height), height)
    return np.asarray(picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC))


def page_path(tool: str) -> Path:
    """Return where the page of a tool stands, by its id."""
    return DOCS / "methods" / f"{tool}.md"


def page(application: Application, entry: ToolEntry) -> str:
    """Return a tool's page: what was written by hand, or else what its descriptor says; with its picture."""
    path, file = page_path(entry.id), f"../images/methods/{entry.id}.jpg"
    picture = f"![Before and after {entry.title}]({file})"
    text = path.read_text(encoding="utf-8") if path.is_file() else MADE
    if MADE in text:
        text = _described(application, entry)
    text, count = re.subn(rf"!\[[^]]*]\({re.escape(file)}\)", lambda _: picture, text)  # the title may have changed
    if not count and (path.parent / file).is_file():
        first, _, rest = text.partition("\n\n")
        text = f"{first}\n\n{picture}\n\n{rest}"
    return text


def _described(application: Application, entry: ToolEntry) -> str:
    tool = application.host.tool(entry.id)
    module = importlib.import_module(tool.algorithm.partition(":")[0])
    rows = [_row(name, schema) for name, schema in entry.schema.get("properties", {}).items()]
    table = ["| parameter | default | what it does |", "|---|---|---|", *rows] if rows else ["Nothing is to be set."]
    sources = [f"- {source}" for source in entry.sources]
    parts = [f"# {entry.id} — {entry.title}", MADE, entry.summary, "\n".join(table)]
    parts += [f"**How it works.** {inspect.getdoc(module)}", "**Sources.**\n\n" + "\n".join(sources)]
    return "\n\n".join(parts) + "\n"


def _row(name: str, schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    none = schema.get("none", "automatic")
    shown = none if default is None else f"{default:g}" if isinstance(default, float) else str(default)
    unit = f" ({schema['unit']})" if schema.get("unit") else ""
    return f"| `{name}`{unit} | {shown} | {schema.get('description', '')} |"


if __name__ == "__main__":
    main(sys.argv[1:])
