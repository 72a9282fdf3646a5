"""What the laboratory adds to the networks that it asks: many passes, several networks, a folder, a shifted folder.

"Bare" is the network's own forward on the same photos in batches of 250, in inference mode, nothing else: no file is
read, no figure taken. What is asked by tools comes with its report; dropout's map, which takes gradients, is left out.
A folder's evaluation reads the photos, keeps every answer and writes its page; how a photo is shifted counts for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.pictures import validation
from benchmarks.timing import Row, alternate, medians
from desktop_app.core.application import Application
from desktop_app.core.evaluation.conditions import shifted
from desktop_app.core.evaluation.evaluating import Wanted, evaluate_model
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.jobs.stack import Sample
from desktop_app.core.models.loaded_classifier import LoadedClassifier

__all__ = ["Sizes", "measure"]

_NET, _DROPOUT, _MEMBER = "classify.cifar10_member_1", "classify.cifar10_resnet", "classify.cifar10_member_{}"
_BATCH, _EDGE = 250, 2000
_SEVERITY = 3


@dataclass(frozen=True)
class Sizes:
    """How much is asked: photos of a folder, photos at each shift, photos of a stack, passes, and repetitions."""

    folder: int = 10_000
    shifted: int = 250
    stack: int = 64
    passes: int = 20
    count: int = 3


@dataclass(frozen=True)
class _Lab:
    application: Application
    sizes: Sizes
    pixels: NDArray[np.uint8]

    def network(self, name: str) -> LoadedClassifier:
        return self.application.models.classifier(name, torch.device("cpu"))

    def bare(self, name: str, images: Tensor, passes: int = 1) -> None:
        """Ask the network itself."""
        network = self.network(name)
        with torch.inference_mode():
            for _ in range(passes):
                for part in torch.split(images, _BATCH):
                    network(part)

    def bare_all(self, names: list[str], images: Tensor) -> None:
        """Ask several networks themselves."""
        for name in names:
            self.bare(name, images)

    def ask(self, tool: str, models: list[str], pixels: NDArray[np.uint8], params: dict[str, Any]) -> None:
        """Ask by a tool, through the engine."""
        request = ToolRequest(tool, params, subjects=tuple(ModelSpec(name) for name in models))
        for _ in self.application.engine.run_all(request, [Sample(Raster(photo)) for photo in pixels]):
            pass

    def compared(self, ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
        """Return the median seconds of both."""
        seconds = medians(alternate({"ours": ours, "theirs": theirs}, self.sizes.count))
        return seconds["ours"], seconds["theirs"]


def measure(sizes: Sizes | None = None) -> list[Row]:
    """Return a row for each way of asking."""
    sizes = sizes or Sizes()
    with TemporaryDirectory() as home:
        lab = _Lab(Application(Path(home)), sizes, _small_photos(max(sizes.folder, sizes.stack, sizes.shifted)))
        return [*_passes(lab), *_folders(lab), _photo(lab)]


def _passes(lab: _Lab) -> Iterator[Row]:
    pixels, passes = lab.pixels[: lab.sizes.stack], lab.sizes.passes
    images, members = _images(pixels), [_MEMBER.format(number) for number in range(1, 6)]
    passing = {"passes": passes, "is_mapped": False}
    yield Row(
        f"uncertainty.mc_dropout, {passes} passes of {len(pixels)} small photos",
        *lab.compared(lambda: lab.ask("uncertainty.mc_dropout", [_DROPOUT], pixels, passing),
                      lambda: lab.bare(_DROPOUT, images, passes)),
        "as many bare forwards", "≤ 1.05",
    )  # fmt: skip
    yield Row(
        f"uncertainty.ensemble, five nets, {len(pixels)} small photos",
        *lab.compared(lambda: lab.ask("uncertainty.ensemble", members, pixels, {}),
                      lambda: lab.bare_all(members, images)),
        "their bare forwards", "≤ 1.05",
    )  # fmt: skip


def _folders(lab: _Lab) -> Iterator[Row]:
    sizes = lab.sizes
    with _archive(lab.pixels[: sizes.folder]) as file, TemporaryDirectory() as out:
        images, folder = _images(lab.pixels[: sizes.folder]), _fresh(Path(out))
        yield Row(
            f"evaluate, {sizes.folder} small photos", *lab.compared(
                lambda: evaluate_model(lab.application, _NET, file, next(folder), JobControl(), Wanted()),
                lambda: lab.bare(_NET, images)),
            "the bare forwards", "≤ 1.11", note="to reach: 90 % of the throughput",
        )  # fmt: skip
    with _archive(lab.pixels[: sizes.shifted]) as file, TemporaryDirectory() as out:
        folder = _fresh(Path(out))
        wanted = Wanted(shifts=("all",), severities=(_SEVERITY,))
        conditions = shifted(("all",), (_SEVERITY,), lab.application.host.snapshot(), "cpu")

        def bare() -> None:
            samples = [Sample(Raster(photo)) for photo in lab.pixels[: sizes.shifted]]
            lab.bare(_NET, _images(lab.pixels[: sizes.shifted]))
            for condition in conditions:
                (step,) = condition.steps
                after = lab.application.engine.run_all(step, samples, exact_16=False)
                found = [outcome.raster.planes() for outcome in after if not isinstance(outcome, Exception)
                         and outcome.raster is not None]  # fmt: skip
                lab.bare(_NET, torch.from_numpy(np.stack(found)))

        yield Row(
            f"evaluate --shift all, {sizes.shifted} small photos, fifteen shifts", *lab.compared(
                lambda: evaluate_model(lab.application, _NET, file, next(folder), JobControl(), wanted), bare),
            "the shifts and the bare forwards", "≤ 1.25", note="to reach: 80 % of the throughput",
        )  # fmt: skip


def _photo(lab: _Lab) -> Row:
    pixels = np.random.default_rng(0).integers(0, 256, (1, _EDGE, _EDGE, 3), np.uint8)
    images = _images(pixels)
    return Row(
        f"uncertainty.confidence, {_EDGE}×{_EDGE} RGB, its strangeness too",
        *lab.compared(lambda: lab.ask("uncertainty.confidence", [_NET], pixels, {}),
                      lambda: lab.bare(_NET, images)),
        "the bare forward", "≤ 1.2",
    )  # fmt: skip


def _images(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255.0


def _small_photos(count: int) -> NDArray[np.uint8]:
    """Return ``(count, 32, 32, 3)``: exact photos of CIFAR-10 again and again, noise where there are none."""
    folder = validation()
    archive = folder / "cifar10_test_exact.npz" if folder else None
    if archive is None or not archive.is_file():
        return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)
    known = np.load(archive)["x"]
    return np.ascontiguousarray(np.resize(known, (count, *known.shape[1:])))


@contextmanager
def _archive(pixels: NDArray[np.uint8]) -> Iterator[Path]:
    """Write photos as a labelled archive; which class each has is of no matter for the time."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "photos.npz"
        np.savez(file, x=pixels, y=np.arange(len(pixels)) % 10)
        yield file


def _fresh(folder: Path) -> Iterator[Path]:
    """Name a new folder for every evaluation: in an old one it would go on."""
    number = 0
    while True:
        number += 1
        yield folder / str(number)
