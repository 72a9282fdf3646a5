"""Measure every tool of each task on the same photos, and write ``docs/choosing.md``: which one shall I take?

``python docs/make_choosing.py [TASK…]`` takes parts of photos from the folder of test data, on which nothing was
trained, damages them as the task says (or takes pairs as they are), and measures what each tool makes of them, how long
it takes. The picture of a task is made of the program's own samples. Of tasks that are not named
the page keeps what it says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.pictures import photos
from desktop_app.api.errors import VerilensError
from desktop_app.api.resources import bundled
from desktop_app.core.application import Application
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import Raster, convert_depth
from desktop_app.core.jobs.request import Outcome, ToolRequest
from desktop_app.core.lab.metrics import psnr
from desktop_app.core.lab.registry import BY_NAME
from desktop_app.core.plugins.entries import ToolEntry

PAGE = Path(__file__).resolve().parent / "choosing.md"
_PICTURES = PAGE.parent / "images" / "choosing"
_PHOTOS, _SIDE, _WHOLE = 3, 192, 1000  # so many parts of photos a task, of so many pixels a side; and whole photos
_SAMPLE, _CROP = "coffee.jpg", (90, 150, 176, 176)  # of the picture
_COLUMNS = 5
_MEGABYTES = 12.0  # of a megapixel in colour, float32
_ABOUT = """# Which one shall I take?

For each task, every tool that needs nothing but the photo, on the same photos, or parts of them, that nothing was
trained on. Few photos tell a decibel apart, and no tenth of one.
Seconds are those of a processor's core: compare them with one another. Megabytes are what the program expects to need
for a megapixel in colour at once, beside the photo; of tools that work in tiles a large photo needs hardly more.
★ is the tool that the window shows first. ◆ are learnt; what each learnt from, and where it fails, says its card, of
which [the models' page](models.md) has the figures. Made by `python docs/make_choosing.py`.
"""

_REPAIR = "restore.all_in_one"
Damage = tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class Task:
    """A task: its tools, and what they are tried on.

    Parameters
    ----------
    title, about : str
        Heading; and what the photos suffer from, for the page.
    takes : callable
        Whether a tool belongs to it.
    photos : str
        Of the test data; with ``truths``, those are their pictures as they should be.
    truths : callable, optional
        The path of a photo's truth.
    damage : Damage
        What is done to the photos, where they are the truth themselves, and to the picture's sample.
    known : Mapping
        What a tool is told of it, as far as it asks.
    measure : str
        ``"psnr"`` in dB, more is better; or ``"niqe"``, less is.
    count, side : int
        So many photos, and of each the middle of at most so many pixels a side. What is judged by the whole photo, such
        as haze and light, or by statistics, such as NIQE, needs `_WHOLE` ones.
    """

    title: str
    about: str
    takes: Callable[[ToolEntry], bool]
    photos: str = "mcmaster_odd/*"
    truths: Callable[[Path], Path] | None = None
    damage: Damage = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    measure: str = "psnr"
    count: int = _PHOTOS
    side: int = _SIDE

    @property
    def name(self) -> str:
        """As on the command line."""
        return self.title.lower().replace(" ", "_")


@dataclass(frozen=True)
class Row:
    """What came of one tool: mean figure, CPU seconds a megapixel, and on how many photos it gained."""

    entry: ToolEntry
    figure: float
    seconds: float
    gains: int


def of(*tasks: str) -> Callable[[ToolEntry], bool]:
    """Return whether a tool is of these tasks, or one of these tools."""
    return lambda entry: entry.task in tasks or entry.id in tasks


def _deblurs(*, is_told: bool) -> Callable[[ToolEntry], bool]:
    def takes(entry: ToolEntry) -> bool:
        knows = any(given["kind"] == "kernel" for given in entry.inputs)
        return (entry.task == "deblur" and knows == is_told) or (not is_told and entry.id == _REPAIR)

    return takes


_MOTION = {"length": 11.0, "angle": 30.0}
_BLUR: Damage = (("degrade.motion_blur", _MOTION), ("degrade.gaussian_noise", {"sigma": 1.0}))
TASKS = (
    Task("Noise", "White noise of σ 25, told where a tool asks for it.", of("denoise", _REPAIR),
         damage=(("degrade.gaussian_noise", {"sigma": 25.0}),), known={"sigma": 25.0}),
    Task("Compression", "JPEG of quality 20.", of("denoise.deblock", "denoise.deep", _REPAIR),
         damage=(("degrade.jpeg", {"quality": 20}),), known={"removed": "any"}),
    Task("Known blur", "A straight motion of 11 pixels, told; noise of σ 1.", _deblurs(is_told=True), damage=_BLUR,
         known=_MOTION),
    Task("Unknown blur", "The same motion, not told.", _deblurs(is_told=False), damage=_BLUR),
    Task("Enlarging", "Photos at half their size.", of("superres"), damage=(("degrade.downsample", {}),)),
    Task("Darkness", "Eight whole photos as they are, taken in the dark: NIQE, where less is more natural. It knows "
         "nothing of how bright a photo ought to be: what is left dark may have a good figure, too.",
         of("lowlight", _REPAIR), photos="lowlight/*.jpg", damage=(("degrade.low_light", {}),), measure="niqe",
         count=8, side=_WHOLE),
    Task("Darkness that was made", "Nine whole photos taken again at an eighth of their light, with its noise: "
         "PSNR to the photos as they were. It asks above all for their brightness, which no tool can know: one that "
         "opens shadows further than the photographer did loses by it.",
         of("lowlight", _REPAIR), damage=(("degrade.low_light", {}),), count=9, side=_WHOLE),
    Task("Haze", "Rooms with haze that was computed from their depth (SOTS, indoor): all twenty, whole.",
         of("dehaze", _REPAIR), photos="sots_indoor_dev/hazy/*", truths=lambda path: _like(path, "gt"),
         damage=(("degrade.haze", {}),), count=20, side=_WHOLE),
    Task("Rain", "Rain that was drawn.", of("derain.layer_prior", "derain.progressive", _REPAIR),
         damage=(("degrade.rain", {"amount": 6.0}),)),
    Task("Drops on the lens", "Drops that were drawn.", of("derain.raindrop", _REPAIR),
         damage=(("degrade.drops", {}),)),
    Task("Under water", "Twelve photos from under water, and what people took for better. These changed little: a tool "
         "that takes the cast wholly away, as underwater.fusion does, loses by it, and shows more to the eye.",
         of("underwater", _REPAIR), photos="underwater/input/*", truths=lambda path: _like(path, "reference"),
         damage=(("degrade.underwater", {"distance": 2.0}),), count=12, side=_WHOLE),
)  # fmt: skip


def main(names: Sequence[str]) -> None:
    """Measure the named tasks, or all, and write the page."""
    if unknown := set(names) - {task.name for task in TASKS}:
        raise SystemExit(f"expected some of {', '.join(task.name for task in TASKS)}, got {', '.join(sorted(unknown))}")
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        for task in TASKS:
            if names and task.name not in names:
                continue
            rows = measured(application, task)
            shown(application, task, [row.entry for row in rows])
            text = within(text, task, section(task, rows))
            parts = [_ABOUT, *(_part(text, one) for one in TASKS)]
            PAGE.write_text("\n".join(part for part in parts if part), encoding="utf-8")
        application.close()


def measured(application: Application, task: Task) -> list[Row]:
    """Return a row for each tool that needs nothing but the photo, the best first."""
    pairs = list(_pairs(application, task))
    rows, before = [], [_figure(given, truth) for given, truth in pairs]
    sign = -1.0 if task.measure == "niqe" else 1.0
    for entry in application.host.snapshot().tools:
        if entry.kind != "restoration" or entry.subjects or not task.takes(entry):
            continue
        if any(given["required"] for given in entry.inputs):
            continue
        _run(application, task, entry, pairs[0][0])  # networks are loaded, threads are warm
        figures, seconds = [], 0.0
        for given, truth in pairs:
            began = process_time()
            outcome = _run(application, task, entry, given)
            seconds += process_time() - began
            figures.append(_figure(outcome.raster or given, truth))
        pixels = sum(given.width * given.height for given, _ in pairs)
        gains = sum(sign * now > sign * then for now, then in zip(figures, before, strict=True))
        rows.append(Row(entry, mean(figures), seconds / pixels * 1e6, gains))
        print(task.title, entry.id, f"{rows[-1].figure:.2f}", f"{rows[-1].seconds:.1f} s/MP", file=sys.stderr)
    print(task.title, "as given", f"{mean(before):.2f}", file=sys.stderr)
    return sorted(rows, key=lambda row: -sign * row.figure)


def section(task: Task, rows: Sequence[Row]) -> str:
    """Return a task's table and picture."""
    unit = "NIQE" if task.measure == "niqe" else "PSNR, dB"
    lines = [f"## {task.title}", "", task.about, "",
             f"| tool | {unit} | better than before | CPU s a megapixel | MB a megapixel |", "|---|---|---|---|---|"]
    for row in rows:
        mark = " ★" * bool(row.entry.recommended_for) + " ◆" * bool(row.entry.models)
        name = f"[`{row.entry.id}`](methods/{row.entry.id}.md){mark}"
        gains = f"{row.gains} of {task.count}"
        lines.append(f"| {name} | {row.figure:.2f} | {gains} | {row.seconds:.1f} | "
                     f"{_MEGABYTES * row.entry.memory:.0f} |")
    return "\n".join([*lines, "", f"![The same part by each tool](images/choosing/{task.name}.jpg)", ""])


def shown(application: Application, task: Task, entries: Sequence[ToolEntry]) -> None:
    """Write the picture of a task: the same part of a sample before, then by each tool, its name above."""
    height = _CROP[2]
    sample = open_photo(bundled(f"samples/{_SAMPLE}")).raster
    before = _damaged(application, task, _part_of(sample, *_CROP), 0)
    cells = [_cell("before", before, height)]
    for entry in entries:
        result = _run(application, task, entry, before).raster
        cells.append(_cell(entry.id, result or before, height))
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % _COLUMNS)
    lines = [np.hstack(cells[place : place + _COLUMNS]) for place in range(0, len(cells), _COLUMNS)]
    _PICTURES.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.vstack(lines)).save(_PICTURES / f"{task.name}.jpg", quality=86)


def within(text: str, task: Task, part: str) -> str:
    """Return the page's text with a task's part put in, or put in another's place."""
    begin, end = _marks(task)
    if begin not in text:
        return f"{text}\n{begin}\n{part}{end}\n"
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n{part}{end}{rest.split(end, 1)[1]}"


def _part(text: str, task: Task) -> str:
    begin, end = _marks(task)
    return begin + text.split(begin, 1)[1].split(end, 1)[0] + end + "\n" if begin in text else ""


def _marks(task: Task) -> tuple[str, str]:
    return f"<!-- {task.name} -->", f"<!-- {task.name}: end -->"


def _pairs(application: Application, task: Task) -> Iterable[tuple[Raster, Raster | None]]:
    found = photos(task.photos)
    if not found:
        raise SystemExit(f"expected photos {task.photos!r} in the folder of test data, found none; set VERILENS_DATA")
    for seed, path in enumerate(found[:: max(1, len(found) // task.count)][: task.count]):
        part = _middle(open_photo(path).raster, task.side)
        if task.truths is not None:
            yield part, _middle(open_photo(task.truths(path)).raster, task.side, part)
        elif task.measure == "niqe":
            yield part, None
        else:
            yield _damaged(application, task, part, seed), part


def _damaged(application: Application, task: Task, photo: Raster, seed: int) -> Raster:
    for tool, params in task.damage:
        made = application.engine.run(ToolRequest(tool, params, seed=seed), photo, exact_16=False).raster
        assert made is not None
        photo = made
    return photo


def _run(application: Application, task: Task, entry: ToolEntry, photo: Raster) -> Outcome:
    asked = entry.schema["properties"]
    known = {name: value for name, value in task.known.items() if name in asked}
    try:
        return application.engine.run(ToolRequest(entry.id, known), photo)
    except VerilensError as error:
        raise SystemExit(f"{task.title}: {entry.id}: {error}") from error


def _figure(picture: Raster, truth: Raster | None) -> float:
    if truth is None:
        return float(BY_NAME["niqe"].measure(picture.planes()))
    found, wanted = picture.planes(), truth.planes()
    if found.shape != wanted.shape:  # of a photo at a smaller size, before anything enlarged it
        found = np.kron(found, np.ones((1, 2, 2), np.float32))
    return psnr(found, wanted)


def _middle(photo: Raster, side: int, like: Raster | None = None) -> Raster:
    """Return the middle of a photo, of even sides of at most `side` pixels; or as large as another's."""
    like = like or photo
    height, width = (min(size // 8 * 8, side) for size in (like.height, like.width))
    top, left = (photo.height - height) // 2, (photo.width - width) // 2
    return _part_of(photo, top, left, height, width)


def _part_of(photo: Raster, top: int, left: int, height: int, width: int) -> Raster:
    return Raster(np.ascontiguousarray(photo.pixels[top : top + height, left : left + width]))


def _like(path: Path, folder: str) -> Path:
    """Return the file of another folder whose name is a hazy photo's up to the strength, else the same."""
    place = path.parent.parent / folder
    for stem in (path.stem, path.stem.split("_")[0]):
        for found in sorted(place.glob(f"{stem}.*")):
            return found
    raise SystemExit(f"expected a picture like {path.name} in {place}, found none")


def _cell(name: str, picture: Raster, side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pixels = convert_depth(picture.pixels, "8")
    image = Image.fromarray(pixels.repeat(3 // picture.channels, 2)).resize((side, side), Image.Resampling.BICUBIC)
    cell = Image.new("RGB", (side + 8, side + 24), "white")
    cell.paste(image, (4, 20))
    ImageDraw.Draw(cell).text((6, 4), name, fill="black")
    return np.asarray(cell)


if __name__ == "__main__":
    main(sys.argv[1:])
