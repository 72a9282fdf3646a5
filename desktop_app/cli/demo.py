"""``make run``: the window on a sample photo; without a display the same job off screen, its pictures saved."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from desktop_app.api.errors import VerilensError
from desktop_app.api.resources import bundled
from desktop_app.cli.console import Console
from desktop_app.cli.open_window import open_window
from desktop_app.core.application import Application
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.steps.step import Step, run_on_state
from desktop_app.core.system import has_display, qt_fault

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document

SAMPLE = "samples/cat.png"
_WINDOW = (1240, 860)
_RESTORATION = "denoise.deep"


@dataclass(frozen=True)
class Shown:
    """One step of the job, and the file that its picture goes to."""

    request: ToolRequest
    file: str
    says: str


STEPS = (
    Shown(ToolRequest("degrade.gaussian_noise", {"sigma": 25.0}), "1-noisy.png", "noise of 25 levels was added"),
    Shown(ToolRequest(_RESTORATION), "2-restored.png", "the noise was taken out again"),
    Shown(
        ToolRequest("attack.pgd", {"eps": 8.0}, subjects=(ModelSpec("classify.cifar10_resnet"),)), "3-attacked.png",
        "the photo was changed by at most 8 levels, so that the classifier errs",
    ),
    Shown(
        ToolRequest("uncertainty.conformal", subjects=(TargetSpec(_RESTORATION),)), "4-questioned.png",
        "the restoration was asked within which bounds nine of ten true values lie",
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--off-screen", action="store_true", help="show no window even where there is a display")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="folder for the off-screen pictures")
    given = parser.parse_args(argv)
    console = Console()
    if has_display() and not given.off_screen:
        return console.guard(lambda: open_window([str(bundled(SAMPLE))], console))
    return console.guard(lambda: run_off_screen(given.output))


def run_off_screen(folder: Path) -> int:
    """Do the whole job without a window, and save its pictures, its project and a screenshot."""
    fault = qt_fault(off_screen=True)
    if fault is not None:
        raise VerilensError(fault)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    folder.mkdir(parents=True, exist_ok=True)
    _say(f"No display is used: the pictures go to {folder}/.")
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        project = folder / "demo.vlens"
        _make_project(application, folder, project)
        from desktop_app.gui.screenshot import take_screenshot

        take_screenshot([str(project)], folder / "window.png", application, _WINDOW)
    _say(f"{project} opens in the window with all its steps; {folder / 'window.png'} shows it there.")
    return 0


def _make_project(application: Application, folder: Path, project: Path) -> None:
    document = application.session.open_photo(bundled(SAMPLE))
    try:
        before_attack = document.root
        for step in STEPS:
            # The restoration is questioned on the noisy photo, beside the attack: a branch of the history.
            parent = before_attack if step.request.tool.startswith("uncertainty") else document.cursor
            state = _commit(application, document, parent, step, folder)
            before_attack = state if step.file.startswith("1") else before_attack
        document.save_as(project)
    finally:
        document.close(discard=True)
        application.session.close()


def _commit(application: Application, document: Document, parent: str, step: Shown, folder: Path) -> str:
    from desktop_app.core.imaging.files import save_photo
    from desktop_app.core.imaging.heatmap import save_map

    outcome = run_on_state(application, document, parent, Step(step.request))
    if outcome.raster is not None:
        save_photo(folder / step.file, outcome.raster, document.metadata, depth="8")
    for layer in outcome.maps:
        save_map(layer, folder, Path(step.file).stem)
    _say(f"{step.file}: {step.says} ({outcome.record.seconds:.1f} s).")
    return document.commit(parent, outcome).id


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
