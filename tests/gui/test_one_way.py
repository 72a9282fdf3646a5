"""The real host and engine behind a real window: what it does is what the command line does, file by file."""

from __future__ import annotations

import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.cli import main
from desktop_app.core.application import Application
from desktop_app.core.document.state import State
from desktop_app.core.imaging.pyramid import as_display
from desktop_app.core.steps.recipes import recipe_of, save_recipe
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.viewmodel.painting import Brush
from tests.support.windows import shown_document

ROOT = Path(__file__).resolve().parents[2]
OpenWindow = Callable[..., MainWindow]

# A tool that gives back what it was given, so that any difference in reading shows.
ECHO = """
import traceback

from desktop_app.api import InputSpec, Result, Tool, hookimpl

def run(images, params, run):
    files = [frame.filename for frame in traceback.extract_stack()]
    image = images
    for name, plane in run.inputs.items():
        image = image * 0.5 + 0.5 * (plane if name != "kernel" else plane.mean())
    shapes = {name: list(value.shape[1:]) for name, value in run.inputs.items()}
    return Result(image=image, reports=[{"shapes": shapes, "files": files}])

@hookimpl
def verilens_tools():
    kinds = ("mask", "kernel", "depth", "map", "image", "reference", "calibration")
    return [Tool(id="echo.inputs", title="Echo", kind="restoration", summary="Mixes.", version="1", reach=0,
                 algorithm="echo:run", inputs=tuple(InputSpec(kind, kind, "Mixed in.") for kind in kinds))]
"""


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    plugin = tmp_path / "home" / "data" / "plugins" / "echo.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(ECHO)
    made = Application(tmp_path / "home")
    made.host.snapshot()
    made.host.trust("echo")
    yield made
    made.close()
    sys.modules.pop("echo", None)


@pytest.fixture
def colourful(tmp_path: Path) -> Path:
    """A photo of 40 × 30 pixels, and a colour picture of the same size for its inputs."""
    random = np.random.default_rng(5)
    for name, (height, width) in {"photo": (30, 40), "given": (30, 40), "kernel": (5, 7)}.items():
        Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(tmp_path / f"{name}.png")
    return tmp_path / "photo.png"


def applied(window: MainWindow, qtbot: QtBot, inputs: dict[str, Path]) -> State:
    """Apply the echo with files as inputs, as the form has them, and return the state."""
    document = shown_document(window)
    count = len(document.states)
    fill(window, qtbot, inputs)
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == count + 1 and not window.rooms.runs.is_busy, timeout=60_000)
    return document.states[document.cursor]


def fill(window: MainWindow, qtbot: QtBot, inputs: dict[str, Path]) -> None:
    qtbot.waitUntil(lambda: "echo.inputs" in window.rooms.plugins.snapshot.tools_by_id, timeout=60_000)
    window.rooms.steps.choose_tool("echo.inputs")
    for name, path in inputs.items():
        window.parts.form.set_input(name, str(path))


def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, *words: object) -> Any:
    """Run a command over the window's home and return its JSON."""
    monkeypatch.setenv("VERILENS_HOME", str(home))
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("kind", ["mask", "kernel", "depth", "map", "image", "reference", "calibration"])
def test_window_and_command_line_read_an_input_alike(
    open_window: OpenWindow, colourful: Path, qtbot: QtBot, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str,
) -> None:  # fmt: skip
    given = tmp_path / ("kernel.png" if kind == "kernel" else "given.png")
    window = open_window(colourful)
    document = shown_document(window)
    state = applied(window, qtbot, {kind: given})
    planes = 3 if kind in ("image", "reference") else 1
    assert state.report["shapes"][kind][0] == planes
    out = tmp_path / "out.tif"
    words = ("apply", "echo.inputs", colourful, "-o", out, "--depth", "32f", "--input", f"{kind}={given}")
    said = shell(capsys, monkeypatch, tmp_path / "home", *words)
    pixels = document.raster(state.id).pixels
    assert pixels.dtype == np.uint16
    assert np.array_equal(np.rint(tifffile.imread(out) * 65535), pixels)
    record = state.record
    assert record is not None
    facts = {name: said[name] for name in ("tool", "kind", "params", "seed", "model", "device")}
    assert facts == {name: getattr(record, name) for name in facts}
    assert said["report"]["shapes"] == state.report["shapes"]
    save_recipe(tmp_path / "done.json", recipe_of(document, state.id, tmp_path))
    done = shell(capsys, monkeypatch, tmp_path / "home", "recipe", "run", tmp_path / "done.json", colourful, "-o",
                 tmp_path / "again")["results"][0]["steps"][0]
    changing = {"seconds", "report"}
    assert {name: value for name, value in done.items() if name not in changing} == json.loads(json.dumps(
        {name: value for name, value in record.to_json().items() if name not in changing}))
    monkeypatch.undo()


@pytest.mark.parametrize("is_inside", [False, True])
def test_a_preview_with_its_inputs_is_the_applied_steps_region(
    open_window: OpenWindow, colourful: Path, qtbot: QtBot, tmp_path: Path, is_inside: bool
) -> None:
    inputs = {"mask": tmp_path / "given.png", "kernel": tmp_path / "kernel.png", "image": tmp_path / "given.png"}
    window = open_window(colourful)
    document, canvas = window.rooms.workspace.current, window.parts.canvas
    assert document is not None
    canvas.actual_size()
    fill(window, qtbot, inputs)
    if is_inside:
        mask = window.rooms.masks.mask()
        assert mask is not None
        mask.stroke((0, 0), (20, 15), Brush(size=12))
        window.parts.mask.area.setChecked(True)
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: canvas.scene().preview is not None, timeout=60_000)
    patch = canvas.scene().preview
    assert patch is not None
    state = applied(window, qtbot, inputs)
    whole = as_display(document.raster(state.id).pixels)
    top, left = int(patch.region.top), int(patch.region.left)
    height, width = patch.pixels.shape[:2]
    assert np.array_equal(patch.pixels, whole[top : top + height, left : left + width])
    assert not np.array_equal(whole, as_display(document.raster(document.root).pixels))


def test_from_the_click_to_the_plugin_at_most_seven_files(
    open_window: OpenWindow, colourful: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(colourful)
    worker = window.rooms.runs._worker
    before: list[str] = []
    submit = worker.submit

    def seen(*given: Any, **more: Any) -> Any:
        before.extend(frame.filename for frame in traceback.extract_stack())
        return submit(*given, **more)

    monkeypatch.setattr(worker, "submit", seen)
    state = applied(window, qtbot, {})
    ours = {Path(file) for file in (*before, *state.report["files"])}
    walked = {str(path.relative_to(ROOT)) for path in ours if ROOT / "desktop_app" in path.parents}
    assert {"desktop_app/gui/steps/steps.py", "desktop_app/core/steps/step.py"} < walked
    assert len(walked) <= 7, sorted(walked)


def test_a_saved_recipe_makes_the_same_history_on_another_photo(
    open_window: OpenWindow, colourful: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(colourful)
    document = shown_document(window)
    first = applied(window, qtbot, {"mask": tmp_path / "given.png"})
    second = applied(window, qtbot, {"map": tmp_path / "given.png"})
    recipe = tmp_path / "steps.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(recipe), ""))
    window.actions_by_id["save_recipe"].trigger()
    qtbot.waitUntil(recipe.exists, timeout=60_000)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(recipe), ""))
    document.jump("s0")
    host, asked_in = window.rooms.workspace._application.host, []
    snapshot = host.snapshot
    monkeypatch.setattr(host, "snapshot", lambda: asked_in.append(threading.current_thread()) or snapshot())
    window.actions_by_id["replay"].trigger()
    qtbot.waitUntil(lambda: len(document.states) == 5 and "done" in window.parts.messages.text(), timeout=60_000)
    assert asked_in  # plugins may have to be read: not while the window waits
    assert threading.main_thread() not in asked_in
    again = document.states[document.cursor]
    assert again.parent is not None
    for ours, theirs in ((again, second), (document.states[again.parent], first)):
        assert np.array_equal(document.raster(ours.id).pixels, document.raster(theirs.id).pixels)
        assert ours.title == theirs.title
    recipe.write_text("{}")
    window.actions_by_id["replay"].trigger()
    qtbot.waitUntil(lambda: "choose a recipe" in window.parts.messages.text(), timeout=60_000)
    assert len(document.states) == 5
